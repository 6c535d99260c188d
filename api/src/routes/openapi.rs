//! `GET /openapi.json`: what the service answers, for programs.

use std::sync::OnceLock;

use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, OneOfBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{Components, OpenApi as Document};
use utoipa::{IntoParams, IntoResponses, Modify, OpenApi, ToSchema};

/// The parameters of `/events`, for the description only: `parameters.rs` reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[allow(dead_code, reason = "its fields are the description")]
pub struct EventsParameters {
    /// How many events at most.
    #[param(minimum = 1, maximum = 100, default = 100)]
    limit: Option<u8>,
    #[param(schema_with = before)]
    before: Option<String>,
    #[param(schema_with = after)]
    after: Option<String>,
    /// Only events of this type.
    #[param(min_length = 1, max_length = 256, example = "purchase")]
    event_type: Option<String>,
    /// Only events of this user.
    #[param(min_length = 1, max_length = 256, example = "user_9")]
    user_id: Option<String>,
    /// Only events from this country.
    #[param(min_length = 1, max_length = 256, example = "FR")]
    country: Option<String>,
    #[param(schema_with = timestamps)]
    timestamps: Option<String>,
}

const DATE: &str = "[0-9]{3}[1-9]-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])";
const CLOCK: &str = "T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,6})?Z";

fn time() -> ObjectBuilder {
    let format = SchemaFormat::KnownFormat(KnownFormat::DateTime);
    ObjectBuilder::new().schema_type(Type::String).format(Some(format))
}

fn after() -> Schema {
    time().description(Some("Only events later than this time. An HTTP-date is taken, too.")).into()
}

fn before() -> Schema {
    let cursor = ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(format!("^{DATE}{CLOCK},[^,]{{1,200}}$")))
        .description(Some("A time and an event's id: only what comes after that event in an answer"));
    let description =
        "Only events earlier than this time. `Link: <…>; rel=\"next\"` has it for the next page.";
    OneOfBuilder::new().item(time()).item(cursor).description(Some(description)).into()
}

fn timestamps() -> Schema {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(["http", "rfc3339"]))
        .default(Some("http".into()))
        .description(Some("How `timestamp` is written"))
        .into()
}

/// One event. Its `timestamp` is an HTTP-date, or as RFC 3339 has it if that is asked for.
#[derive(ToSchema)]
#[allow(dead_code, reason = "its fields are the description")]
pub struct Event {
    /// What was published: mostly an object. Text that is not JSON is a string.
    event_data: Value,
    event_id: Option<String>,
    #[schema(example = "Wed, 07 May 2025 08:25:14 GMT")]
    timestamp: Option<String>,
}

/// What went wrong.
#[derive(ToSchema)]
#[allow(dead_code, reason = "its fields are the description")]
pub struct Error {
    error: String,
}

#[derive(ToSchema)]
#[allow(dead_code, reason = "its fields are the description")]
pub struct Status {
    status: String,
}

/// The answers of `/events`.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "its variants are the description")]
pub enum EventsResponses {
    /// Events, newest first.
    #[response(
        status = 200,
        headers(
            ("ETag" = String, description = "Send it back in If-None-Match to get 304 if nothing changed"),
            ("Link" = Option<String>, description = "The next page, if there is one: `rel=\"next\"`"),
            ("Age" = u64, description = "Seconds since BigQuery gave the answer"),
            ("Cache-Status" = String, description = "What the cache did, as RFC 9211 has it")
        )
    )]
    Events(#[to_schema] Vec<Event>),
    /// Nothing changed since the answer with this tag.
    #[response(status = 304)]
    Same,
    /// A parameter cannot be used: which, and why.
    #[response(status = 400)]
    Bad(#[to_schema] Error),
    /// Who calls is not known.
    #[response(status = 401)]
    Unknown(#[to_schema] Error),
    /// Who calls is known, and may not.
    #[response(status = 403)]
    Forbidden(#[to_schema] Error),
    /// BigQuery does not answer, or too many queries wait. `Retry-After` says when to come back.
    #[response(status = 503)]
    Unavailable(#[to_schema] Error),
}

#[derive(OpenApi)]
#[openapi(
    info(title = "Events", description = "Events of the ingestion pipeline, out of BigQuery."),
    paths(
        super::events::events,
        super::health::health,
        super::health::ready,
        super::metrics::metrics,
        openapi
    ),
    components(schemas(Event, Error, Status)),
    modifiers(&WaysIn)
)]
struct Description;

struct WaysIn;

impl Modify for WaysIn {
    fn modify(&self, document: &mut Document) {
        let components = document.components.get_or_insert_with(Components::new);
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("Google ID token");
        components.add_security_scheme("id_token", SecurityScheme::Http(token.build()));
        let key = ApiKey::Header(ApiKeyValue::new("X-Api-Key"));
        components.add_security_scheme("api_key", SecurityScheme::ApiKey(key));
    }
}

/// This description
#[utoipa::path(get, path = "/openapi.json", tag = "service", responses((status = 200, body = Object)))]
pub async fn openapi() -> Response {
    static TEXT: OnceLock<String> = OnceLock::new();
    let text = TEXT.get_or_init(|| Description::openapi().to_json().unwrap_or_default());
    ([(CONTENT_TYPE, "application/json")], text.as_str()).into_response()
}
