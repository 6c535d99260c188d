//! Keeps one comment on a pull request up to date, found by a mark that no reader sees.

use async_trait::async_trait;

use crate::api::ApiError;

/// A comment that whoever runs this may edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub id: u64,
    pub text: String,
    /// Where people see it.
    pub url: String,
}

/// Whether a comment was created, updated or left as it is; each with its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    Created(String),
    Updated(String),
    Unchanged(String),
}

/// Where pull requests (or merge requests) are discussed.
#[async_trait]
pub trait Forge: Send + Sync {
    /// The most characters of a comment.
    fn limit(&self) -> usize;
    /// Comments of a pull request that this very user or app has written, oldest first.
    async fn own_comments(&self, pull: u64) -> Result<Vec<Comment>, ForgeError>;
    async fn post(&self, pull: u64, text: &str) -> Result<Comment, ForgeError>;
    async fn edit(&self, pull: u64, id: u64, text: &str) -> Result<Comment, ForgeError>;
}

/// Why a forge did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ForgeError {
    #[error("{name} is not set")]
    Missing { name: &'static str, hint: &'static str },
    #[error("{name} is {value:?}, which is not {form}")]
    Invalid { name: &'static str, value: String, form: &'static str },
    #[error("there is no {what} in {place}")]
    Absent { what: String, place: String },
    #[error("the comment was deleted while it was being changed")]
    DeletedMeanwhile,
    #[error("release {tag} exists already: {url}")]
    Released { tag: String, url: String },
    #[error("there is a draft of release {tag} that this command did not make: {url}")]
    Drafted { tag: String, url: String },
    #[error("the token of this job may not {action}")]
    Denied { action: &'static str, hint: &'static str, source: ApiError },
    #[error("the token is not valid, or no longer")]
    Unauthenticated { source: ApiError },
    #[error("cannot {action}")]
    Api { action: &'static str, source: ApiError },
}

impl ForgeError {
    /// Advice for the person who reads the error.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            ForgeError::Missing { hint, .. } | ForgeError::Denied { hint, .. } => (*hint).to_owned(),
            ForgeError::DeletedMeanwhile => "run this again: it posts a new one".to_owned(),
            ForgeError::Released { .. } => {
                "a release is never changed: raise the version in Cargo.toml, and push its tag".to_owned()
            }
            ForgeError::Drafted { .. } => "publish it or delete it there, then run this again".to_owned(),
            ForgeError::Unauthenticated { .. } => {
                "a job's token ends with its job; pass a current one to this step".to_owned()
            }
            ForgeError::Api { source: ApiError::Limited { .. }, .. } => {
                "run this again later; nothing was posted".to_owned()
            }
            ForgeError::Absent { .. } => {
                "look at the number, and at which repository this job is of".to_owned()
            }
            ForgeError::Invalid { .. } | ForgeError::Api { .. } => return None,
        })
    }

    /// Whether the request may have taken effect although no answer says so.
    fn is_open(&self) -> bool {
        matches!(self, ForgeError::Api { source, .. } if source.is_open())
    }
}

/// Edits the comment that begins with `mark`, or posts one if there is none.
///
/// # Errors
/// When the pull request or the comment is not there, or the forge refuses. Nothing is posted then, and a comment whose
/// answer was lost is not posted twice.
pub async fn keep_comment(
    forge: &dyn Forge,
    pull: u64,
    mark: &str,
    text: &str,
) -> Result<Posted, ForgeError> {
    let find = async || {
        let all = forge.own_comments(pull).await?;
        Ok::<_, ForgeError>(all.into_iter().find(|it| it.text.trim_start().starts_with(mark)))
    };
    match find().await? {
        Some(there) if there.text.trim() == text.trim() => Ok(Posted::Unchanged(there.url)),
        Some(there) => forge.edit(pull, there.id, text).await.map(|it| Posted::Updated(it.url)),
        None => match forge.post(pull, text).await {
            Ok(new) => Ok(Posted::Created(new.url)),
            Err(error) if error.is_open() => match find().await? {
                Some(there) => Ok(Posted::Created(there.url)),
                None => Err(error),
            },
            Err(error) => Err(error),
        },
    }
}

/// The error of an action that was answered with something else than the API describes.
pub(crate) fn garbled(action: &'static str, method: reqwest::Method, url: &str) -> ForgeError {
    ForgeError::Api { action, source: ApiError::Garbled { method, url: url.to_owned() } }
}

/// Turns an API's error into the error of an action; `needs` is the permission that the action takes.
pub(crate) fn meaning(source: ApiError, action: &'static str, needs: &'static str) -> ForgeError {
    match source.status() {
        Some(401) => ForgeError::Unauthenticated { source },
        Some(403) => ForgeError::Denied { action, hint: needs, source },
        _ => ForgeError::Api { action, source },
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use reqwest::{Method, StatusCode};

    /// A forge in memory. `lost` posts without an answer; `deleted` deletes what is to be edited.
    #[derive(Default)]
    struct Memory {
        comments: Mutex<Vec<Comment>>,
        lost: bool,
        deleted: bool,
    }

    #[async_trait]
    impl Forge for Memory {
        fn limit(&self) -> usize {
            100
        }

        async fn own_comments(&self, _: u64) -> Result<Vec<Comment>, ForgeError> {
            Ok(self.comments.lock().unwrap().clone())
        }

        async fn post(&self, _: u64, text: &str) -> Result<Comment, ForgeError> {
            let mut all = self.comments.lock().unwrap();
            let new = Comment { id: 7 + all.len() as u64, text: text.to_owned(), url: "new".to_owned() };
            all.push(new.clone());
            if self.lost {
                let source = ApiError::Refused {
                    method: Method::POST,
                    url: "u".to_owned(),
                    status: StatusCode::BAD_GATEWAY,
                    message: "bad gateway".to_owned(),
                };
                return Err(meaning(source, "post a comment", ""));
            }
            Ok(new)
        }

        async fn edit(&self, _: u64, id: u64, text: &str) -> Result<Comment, ForgeError> {
            let mut all = self.comments.lock().unwrap();
            if self.deleted {
                return Err(ForgeError::DeletedMeanwhile);
            }
            let there = all.iter_mut().find(|it| it.id == id).unwrap();
            there.text = text.to_owned();
            Ok(there.clone())
        }
    }

    #[tokio::test]
    async fn one_comment_is_kept_for_each_stack() {
        let forge = Memory::default();
        let created = keep_comment(&forge, 1, "<!-- a -->", "<!-- a -->\none").await.unwrap();
        assert_eq!(created, Posted::Created("new".to_owned()));
        keep_comment(&forge, 1, "<!-- b -->", "<!-- b -->\nother").await.unwrap();
        let updated = keep_comment(&forge, 1, "<!-- a -->", "<!-- a -->\ntwo").await.unwrap();
        assert_eq!(updated, Posted::Updated("new".to_owned()));
        let unchanged = keep_comment(&forge, 1, "<!-- a -->", "<!-- a -->\ntwo\n").await.unwrap();
        assert_eq!(unchanged, Posted::Unchanged("new".to_owned()));
        let texts: Vec<String> = forge.comments.lock().unwrap().iter().map(|it| it.text.clone()).collect();
        assert_eq!(texts, ["<!-- a -->\ntwo", "<!-- b -->\nother"]);
    }

    #[tokio::test]
    async fn a_lost_answer_does_not_post_twice() {
        let forge = Memory { lost: true, ..Memory::default() };
        let posted = keep_comment(&forge, 1, "<!-- a -->", "<!-- a -->\none").await.unwrap();
        assert_eq!(posted, Posted::Created("new".to_owned()));
        assert_eq!(forge.comments.lock().unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_comment_deleted_meanwhile_is_an_error_and_nothing_is_posted() {
        let forge = Memory { deleted: true, ..Memory::default() };
        keep_comment(&forge, 1, "<!-- a -->", "<!-- a -->\none").await.unwrap();
        let error = keep_comment(&forge, 1, "<!-- a -->", "<!-- a -->\ntwo").await.unwrap_err();
        assert_eq!(error.hint().unwrap(), "run this again: it posts a new one");
        assert_eq!(forge.comments.lock().unwrap().len(), 1);
    }
}
