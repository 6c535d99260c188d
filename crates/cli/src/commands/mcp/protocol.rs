//! The protocol by itself: what each message is answered with. No I/O.
//!
//! Two eras of it are spoken. Up to revision 2025-11-25 `initialize` begins a session; from 2026-07-28 on there is none, and
//! each request carries its revision. What comes first decides for the whole connection.

use serde_json::{Map, Value, json};

use super::catalog::{self, Tool};

/// Revisions with a session, newest last.
const SESSIONS: [&str; 2] = ["2025-06-18", "2025-11-25"];
/// Revisions without one.
const STATELESS: [&str; 1] = ["2026-07-28"];

/// Fields of `_meta` in revisions without a session.
const VERSION: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
const SERVER_INFO: &str = "io.modelcontextprotocol/serverInfo";

/// How long a client may keep the list of tools and what this server is: it does not change while it runs.
const FRESH_MS: u64 = 3_600_000;

pub const PARSE_ERROR: i64 = -32700;
pub const INVALID_REQUEST: i64 = -32600;
pub const METHOD_NOT_FOUND: i64 = -32601;
pub const INVALID_PARAMS: i64 = -32602;
pub const INTERNAL_ERROR: i64 = -32603;
const UNSUPPORTED_VERSION: i64 = -32022;

const INSTRUCTIONS: &str = "Infrastructure as code for Google Cloud. Look with plan, explain, cost, drift, state and outputs: \
they change nothing. To change something, edit the declaration (Rust, in the folder stack/), call plan, and show its text and \
digest to the person. Only the person can approve it, with `stack approve DIGEST` at a terminal; then call apply with that \
digest. A plan that is another by then is not applied.";

/// Which era of the protocol a connection speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    Session,
    Stateless,
}

/// A tool that is to be run.
#[derive(Debug, PartialEq)]
pub struct Call {
    pub id: Value,
    pub tool: Tool,
    pub arguments: Map<String, Value>,
    /// What progress is told under, where the client wants that.
    pub progress: Option<Value>,
    pub era: Era,
}

/// What is to be done about a message.
#[derive(Debug, PartialEq)]
pub enum Answer {
    Nothing,
    Send(Value),
    Run(Call),
    /// The client no longer wants the answer of this request.
    Cancel(Value),
}

/// Why a request is refused by the protocol.
struct Refusal {
    code: i64,
    message: String,
    data: Option<Value>,
}

impl Refusal {
    fn new(code: i64, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), data: None }
    }

    fn version(requested: &str) -> Refusal {
        let supported: Vec<&str> = STATELESS.into_iter().chain(SESSIONS.into_iter().rev()).collect();
        let data = json!({ "supported": supported, "requested": requested });
        let message = format!("revision {requested} of the protocol is not spoken here");
        Refusal { code: UNSUPPORTED_VERSION, message, data: Some(data) }
    }
}

/// One connection's side of the protocol.
#[derive(Debug, Default)]
pub struct Protocol {
    era: Option<Era>,
}

/// An error as a message.
pub fn error(id: &Value, code: i64, message: &str) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": code, "message": message } })
}

/// A result as a message.
pub fn result(id: &Value, mut result: Value, era: Era) -> Value {
    if era == Era::Stateless {
        result["resultType"] = json!("complete");
        result["_meta"] = json!({ SERVER_INFO: implementation() });
    }
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// How far a request is, as a message.
pub fn progress(token: &Value, done: usize, of: usize, message: &str) -> Value {
    let params = json!({ "progressToken": token, "progress": done, "total": of, "message": message });
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params })
}

fn implementation() -> Value {
    json!({ "name": "stack", "title": "Infrastructure as code for Google Cloud", "version": env!("CARGO_PKG_VERSION") })
}

impl Protocol {
    /// Takes a line of input.
    pub fn take(&mut self, line: &[u8]) -> Answer {
        let null = Value::Null;
        let message = match serde_json::from_slice::<Value>(line) {
            Ok(Value::Object(message)) => message,
            Ok(Value::Array(_)) => {
                return Answer::Send(error(&null, INVALID_REQUEST, "batches are not part of this protocol"));
            }
            Ok(_) => return Answer::Send(error(&null, INVALID_REQUEST, "a message is a JSON object")),
            Err(it) => return Answer::Send(error(&null, PARSE_ERROR, &format!("this is not JSON: {it}"))),
        };
        let id = message.get("id").filter(|it| it.is_string() || it.is_i64() || it.is_u64());
        let Some(method) = message.get("method") else {
            // Nothing is ever asked of the client, so that its answers are of no request.
            let is_answer = message.contains_key("result") || message.contains_key("error");
            let refused = || error(id.unwrap_or(&null), INVALID_REQUEST, "a request has a method");
            return if is_answer { Answer::Nothing } else { Answer::Send(refused()) };
        };
        let is_known = message.get("jsonrpc").is_some_and(|it| it == "2.0");
        let (Some(method), true) = (method.as_str(), is_known) else {
            let why = "a message has \"jsonrpc\": \"2.0\" and a method, which is a text";
            return Answer::Send(error(id.unwrap_or(&null), INVALID_REQUEST, why));
        };
        let empty = Map::new();
        let params = match message.get("params") {
            None => Some(&empty),
            Some(params) => params.as_object(),
        };
        match (message.contains_key("id"), id, params) {
            (true, Some(id), Some(params)) => self.request(id, method, params),
            (true, Some(id), None) => {
                Answer::Send(error(id, INVALID_PARAMS, "the parameters of a request are an object"))
            }
            (true, None, _) => {
                Answer::Send(error(&null, INVALID_REQUEST, "the id of a request is a text or a whole number"))
            }
            (false, _, params) => match params.and_then(|it| it.get("requestId")) {
                Some(id) if method == "notifications/cancelled" => Answer::Cancel(id.clone()),
                // A notification is never answered, not even one that makes no sense.
                Some(_) | None => Answer::Nothing,
            },
        }
    }

    fn request(&mut self, id: &Value, method: &str, params: &Map<String, Value>) -> Answer {
        let answered = self.era_of(method, params).and_then(|era| match (method, era) {
            ("tools/call", Some(era)) => call(id, params, era).map(Answer::Run),
            (_, era) => {
                let said = self.answer(method, params, era)?;
                Ok(Answer::Send(result(id, said, era.unwrap_or(Era::Session))))
            }
        });
        answered.unwrap_or_else(|it| {
            let mut message = error(id, it.code, &it.message);
            if let Some(data) = it.data {
                message["error"]["data"] = data;
            }
            Answer::Send(message)
        })
    }

    /// The era that a request belongs to; none where a session has not begun, and need not have.
    fn era_of(&mut self, method: &str, params: &Map<String, Value>) -> Result<Option<Era>, Refusal> {
        let meta = params.get("_meta").and_then(Value::as_object);
        let version = meta.and_then(|it| it.get(VERSION));
        match (version, self.era) {
            (Some(_), Some(Era::Session)) => Err(Refusal::new(
                INVALID_REQUEST,
                format!("this connection has a session, in which requests carry no {VERSION}"),
            )),
            (Some(version), Some(Era::Stateless) | None) => {
                let version = version
                    .as_str()
                    .ok_or_else(|| Refusal::new(INVALID_PARAMS, format!("{VERSION} is a text")))?;
                if !STATELESS.contains(&version) {
                    return Err(Refusal::version(version));
                }
                if !meta.and_then(|it| it.get(CAPABILITIES)).is_some_and(Value::is_object) {
                    let why = format!("_meta of a request has {CAPABILITIES}, an object");
                    return Err(Refusal::new(INVALID_PARAMS, why));
                }
                self.era = Some(Era::Stateless);
                Ok(self.era)
            }
            (None, Some(Era::Stateless)) if method == "initialize" => {
                let requested = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
                Err(Refusal::version(requested))
            }
            (None, Some(Era::Stateless)) => {
                Err(Refusal::new(INVALID_PARAMS, format!("_meta of a request has {VERSION}")))
            }
            (None, Some(Era::Session)) if method == "initialize" => {
                Err(Refusal::new(INVALID_REQUEST, "the session is initialized already"))
            }
            (None, Some(Era::Session)) => Ok(Some(Era::Session)),
            (None, None) if method == "initialize" || method == "ping" => Ok(None),
            (None, None) => {
                Err(Refusal::new(INVALID_REQUEST, format!("{method} before initialize: initialize first")))
            }
        }
    }

    fn answer(
        &mut self,
        method: &str,
        params: &Map<String, Value>,
        era: Option<Era>,
    ) -> Result<Value, Refusal> {
        match (method, era) {
            ("initialize", None) => {
                let wanted = params.get("protocolVersion").and_then(Value::as_str).ok_or_else(|| {
                    Refusal::new(INVALID_PARAMS, "initialize has a protocolVersion, which is a text")
                })?;
                // Another revision is answered with the newest; the client decides whether it goes on.
                let [.., newest] = SESSIONS;
                let version = SESSIONS.into_iter().find(|it| *it == wanted).unwrap_or(newest);
                self.era = Some(Era::Session);
                Ok(json!({
                    "protocolVersion": version,
                    "capabilities": { "tools": {} },
                    "serverInfo": implementation(),
                    "instructions": INSTRUCTIONS,
                }))
            }
            ("ping", None | Some(Era::Session)) => Ok(json!({})),
            ("server/discover", Some(Era::Stateless)) => {
                let supported: Vec<&str> = STATELESS.into_iter().chain(SESSIONS.into_iter().rev()).collect();
                Ok(json!({
                    "supportedVersions": supported,
                    "capabilities": { "tools": {} },
                    "instructions": INSTRUCTIONS,
                    "ttlMs": FRESH_MS,
                    "cacheScope": "private",
                }))
            }
            ("tools/list", Some(era)) => {
                if params.get("cursor").is_some_and(|it| !it.is_null()) {
                    return Err(Refusal::new(INVALID_PARAMS, "the list of tools has one page and no cursor"));
                }
                let mut list = json!({ "tools": catalog::tools() });
                if era == Era::Stateless {
                    list["ttlMs"] = json!(FRESH_MS);
                    list["cacheScope"] = json!("private");
                }
                Ok(list)
            }
            (other, _) => Err(Refusal::new(METHOD_NOT_FOUND, format!("there is no method {other}"))),
        }
    }
}

fn call(id: &Value, params: &Map<String, Value>, era: Era) -> Result<Call, Refusal> {
    let wrong = |why: &str| Refusal::new(INVALID_PARAMS, why);
    let name =
        params.get("name").and_then(Value::as_str).ok_or_else(|| wrong("tools/call has a name, a text"))?;
    let tool = Tool::named(name).ok_or_else(|| wrong(&format!("Unknown tool: {name}")))?;
    let arguments = match params.get("arguments") {
        None => Map::new(),
        Some(Value::Object(arguments)) => arguments.clone(),
        Some(_) => return Err(wrong("the arguments of a tool are an object")),
    };
    let token = params.get("_meta").and_then(|it| it.get("progressToken"));
    let progress = token.filter(|it| it.is_string() || it.is_number()).cloned();
    Ok(Call { id: id.clone(), tool, arguments, progress, era })
}

#[cfg(test)]
mod tests;
