//! Who we are, said to a service that asks: an ID token for its address.

use engine::Lost;
use google_cloud_auth::credentials::idtoken;

use crate::client::{Endpoint, local_token, no_credentials};
use crate::federation;

const HINT: &str = "Google gives programs no ID token of a person: as one, run \
                    `export STACK_ID_TOKEN=$(gcloud auth print-identity-token)` before";

/// A token for a service at `audience`: of STACK_ID_TOKEN, else of the application default credentials.
///
/// # Errors
/// When there are no credentials, or they are of a kind that has no ID tokens.
pub async fn id_token(endpoint: &Endpoint, audience: &str) -> Result<String, Lost> {
    if let Some(token) = std::env::var("STACK_ID_TOKEN").ok().filter(|it| !it.is_empty()) {
        return Ok(token);
    }
    let is_given = std::env::var_os("GOOGLE_OAUTH_ACCESS_TOKEN").is_some();
    if let Some(file) = federation::file(endpoint).filter(|_| *endpoint == Endpoint::Google || !is_given) {
        return federation::id_token(file, audience).await;
    }
    if let Endpoint::Local(_) = endpoint {
        return Ok(local_token());
    }
    let told = |mut lost: Lost| {
        if let Lost::Credentials { hint, .. } = &mut lost {
            *hint = Some(HINT.to_owned());
        }
        lost
    };
    let credentials = idtoken::Builder::new(audience).with_include_email().build();
    let credentials = credentials.map_err(|it| told(no_credentials(&it)))?;
    credentials.id_token().await.map_err(|it| told(no_credentials(&it)))
}
