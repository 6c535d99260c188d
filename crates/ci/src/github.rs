//! GitHub: comments of pull requests, and issues.
//!
//! <https://docs.github.com/rest/issues/comments>, <https://docs.github.com/rest/issues/issues>

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::Env;
use crate::api::{Api, ApiError};
use crate::forge::{Comment, Forge, ForgeError, garbled, meaning};

/// A comment or an issue has at most 65,536 characters.
const LIMIT: usize = 65_536;

const COMMENTS: &str = "give the job `permissions: pull-requests: write`; a pull request from a fork has no token that may \
                        write, and its plan is in the job's summary";
const ISSUES: &str = "give the job `permissions: issues: write`";

/// One repository at GitHub.
pub struct GitHub {
    api: Api,
    /// `OWNER/NAME`.
    repository: String,
}

/// Whether an issue was opened, updated, left as it is or closed; each with its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueState {
    Opened(String),
    Updated(String),
    Unchanged(String),
    Closed(String),
    /// There is none, and none is wanted.
    None,
}

impl GitHub {
    /// The repository that the environment of a job names, or that was asked for.
    ///
    /// # Errors
    /// When the repository or the token is not there.
    pub fn from_env(env: Env<'_>, repository: Option<&str>) -> Result<GitHub, ForgeError> {
        let repository = match repository.map(str::to_owned).or_else(|| env("GITHUB_REPOSITORY")) {
            Some(it) => it,
            None => {
                return Err(ForgeError::Missing {
                    name: "GITHUB_REPOSITORY",
                    hint: "outside GitHub Actions, name the repository: --repo OWNER/NAME",
                });
            }
        };
        let token = token(env).ok_or(ForgeError::Missing {
            name: "GITHUB_TOKEN",
            hint: "pass the job's token to this step: `env: GITHUB_TOKEN: ${{ github.token }}`",
        })?;
        GitHub::new(env, repository, Some(&token))
    }

    /// A repository that is only looked at, which needs no token where everybody may see it.
    ///
    /// # Errors
    /// When it is no repository's name.
    pub fn reader(env: Env<'_>, repository: &str) -> Result<GitHub, ForgeError> {
        GitHub::new(env, repository.to_owned(), token(env).as_deref())
    }

    fn new(env: Env<'_>, repository: String, token: Option<&str>) -> Result<GitHub, ForgeError> {
        if !is_repository(&repository) {
            let form = "OWNER/NAME";
            return Err(ForgeError::Invalid { name: "the repository", value: repository, form });
        }
        let base = env("GITHUB_API_URL").unwrap_or_else(|| "https://api.github.com".to_owned());
        let login = token.map(|it| (AUTHORIZATION, format!("Bearer {it}")));
        let api = Api::new(&base, login)
            .map_err(|source| ForgeError::Api { action: "reach GitHub", source })?
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28");
        Ok(GitHub { api, repository })
    }

    fn path(&self, rest: &str) -> String {
        format!("repos/{}/{rest}", self.repository)
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        rest: &str,
        body: Option<&Value>,
    ) -> Result<Value, ApiError> {
        self.api.send(method, &self.path(rest), body).await
    }

    /// Every item of a list of the repository's.
    pub(crate) async fn all(&self, rest: &str) -> Result<Vec<Value>, ApiError> {
        self.api.all(&self.path(rest)).await
    }

    /// Uploads a file to an address that GitHub gave.
    pub(crate) async fn put_file(&self, url: &str, bytes: &[u8]) -> Result<Value, ApiError> {
        self.api.upload(url, bytes).await
    }

    /// The repository's number, which stays when it is renamed or moved, and which its tokens carry.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn repository_id(&self) -> Result<u64, ForgeError> {
        let action = "read the repository";
        let found = match self.api.send(Method::GET, &format!("repos/{}", self.repository), None).await {
            Ok(it) => it,
            Err(error) if error.status() == Some(404) => {
                let (what, place) =
                    (format!("repository {}", self.repository), "what the token may see".to_owned());
                return Err(ForgeError::Absent { what, place });
            }
            Err(source) => {
                return Err(meaning(source, action, "give the token read access to the repository"));
            }
        };
        found["id"].as_u64().ok_or_else(|| garbled(action, Method::GET, &self.repository))
    }

    /// The name that this token writes under. An app's or a job's token has no user.
    async fn login(&self) -> Result<Option<String>, ForgeError> {
        match self.api.send(Method::GET, "user", None).await {
            Ok(user) => Ok(user["login"].as_str().map(str::to_owned)),
            Err(error) if matches!(error.status(), Some(403 | 404)) => Ok(None),
            Err(source) => Err(meaning(source, "read who the token is of", COMMENTS)),
        }
    }

    /// Opens or updates the issue that begins with `mark`, or closes it if none is wanted.
    ///
    /// # Errors
    /// When GitHub refuses.
    pub async fn keep_issue(
        &self,
        mark: &str,
        label: &str,
        wanted: Option<(&str, &str)>,
        closing: &str,
    ) -> Result<IssueState, ForgeError> {
        let failed = |action| move |source| meaning(source, action, ISSUES);
        let open = self.path(&format!("issues?state=open&labels={label}&sort=created&direction=asc"));
        let open = self.api.all(&open).await.map_err(failed("list issues"))?;
        let is_ours = |it: &&Value| {
            // The list has pull requests, too.
            it["pull_request"].is_null()
                && it["body"].as_str().is_some_and(|body| body.trim_start().starts_with(mark))
        };
        let there = open.iter().find(is_ours);
        let url = |it: &Value| it["html_url"].as_str().unwrap_or_default().to_owned();
        match (there, wanted) {
            (None, None) => Ok(IssueState::None),
            (None, Some((title, body))) => {
                let new = json!({ "title": title, "body": body, "labels": [label] });
                let made = self.send(Method::POST, "issues", Some(&new)).await;
                made.map(|it| IssueState::Opened(url(&it))).map_err(failed("open an issue"))
            }
            (Some(it), Some((title, body))) => {
                if it["title"] == title && it["body"].as_str().is_some_and(|it| it.trim() == body.trim()) {
                    return Ok(IssueState::Unchanged(url(it)));
                }
                let change = json!({ "title": title, "body": body });
                let changed = self.send(Method::PATCH, &issue(it), Some(&change)).await;
                changed.map(|it| IssueState::Updated(url(&it))).map_err(failed("change an issue"))
            }
            (Some(it), None) => {
                // Closed first: if the comment fails, the next run finds no open issue, and does not comment twice.
                let change = json!({ "state": "closed", "state_reason": "completed" });
                let changed = self.send(Method::PATCH, &issue(it), Some(&change)).await;
                let changed = changed.map_err(failed("close an issue"))?;
                let comment = json!({ "body": closing });
                self.send(Method::POST, &format!("{}/comments", issue(it)), Some(&comment))
                    .await
                    .map_err(failed("comment on an issue"))?;
                Ok(IssueState::Closed(url(&changed)))
            }
        }
    }
}

fn token(env: Env<'_>) -> Option<String> {
    env("GITHUB_TOKEN").or_else(|| env("GH_TOKEN"))
}

fn issue(it: &Value) -> String {
    format!("issues/{}", it["number"])
}

/// `OWNER/NAME`, as GitHub allows them.
pub(crate) fn is_repository(text: &str) -> bool {
    let fits = |it: &str| {
        !it.is_empty()
            && it.len() <= 100
            && it.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            && !matches!(it, "." | "..")
    };
    text.split_once('/').is_some_and(|(owner, name)| fits(owner) && fits(name))
}

fn comment(it: &Value) -> Option<Comment> {
    Some(Comment {
        id: it["id"].as_u64()?,
        text: it["body"].as_str()?.to_owned(),
        url: it["html_url"].as_str()?.to_owned(),
    })
}

#[async_trait]
impl Forge for GitHub {
    fn limit(&self) -> usize {
        LIMIT
    }

    async fn own_comments(&self, pull: u64) -> Result<Vec<Comment>, ForgeError> {
        // The number of an issue has comments, too, so it is the pull request that is asked for.
        let action = "read the pull request";
        match self.send(Method::GET, &format!("pulls/{pull}"), None).await {
            Ok(_) => {}
            Err(error) if error.status() == Some(404) => {
                let (what, place) = (format!("pull request {pull}"), self.repository.clone());
                return Err(ForgeError::Absent { what, place });
            }
            Err(source) => return Err(meaning(source, action, COMMENTS)),
        }
        let login = self.login().await?;
        let path = self.path(&format!("issues/{pull}/comments"));
        let all = self.api.all(&path).await.map_err(|it| meaning(it, "list comments", COMMENTS))?;
        // Anybody can write our mark into a comment of theirs.
        let is_own = |it: &&Value| match &login {
            Some(login) => it["user"]["login"] == login.as_str(),
            None => it["user"]["type"] == "Bot",
        };
        Ok(all.iter().filter(is_own).filter_map(comment).collect())
    }

    async fn post(&self, pull: u64, text: &str) -> Result<Comment, ForgeError> {
        let (action, path) = ("post a comment", format!("issues/{pull}/comments"));
        let new = self.send(Method::POST, &path, Some(&json!({ "body": text }))).await;
        let new = new.map_err(|it| meaning(it, action, COMMENTS))?;
        comment(&new).ok_or_else(|| garbled(action, Method::POST, &path))
    }

    async fn edit(&self, _: u64, id: u64, text: &str) -> Result<Comment, ForgeError> {
        let (action, path) = ("change a comment", format!("issues/comments/{id}"));
        let changed = match self.send(Method::PATCH, &path, Some(&json!({ "body": text }))).await {
            Ok(it) => it,
            Err(error) if matches!(error.status(), Some(404 | 410)) => {
                return Err(ForgeError::DeletedMeanwhile);
            }
            Err(source) => return Err(meaning(source, action, COMMENTS)),
        };
        comment(&changed).ok_or_else(|| garbled(action, Method::PATCH, &path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_an_owner_and_a_name() {
        assert!(is_repository("octo-org/octo.repo_1"));
        for other in ["octo", "a/b/c", "/b", "a/", "a/..", "a/b c", "a/b?x=y"] {
            assert!(!is_repository(other), "{other}");
        }
    }
}
