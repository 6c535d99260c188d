//! GitLab: notes of merge requests.
//!
//! <https://docs.gitlab.com/api/notes/#merge-requests>

use async_trait::async_trait;
use reqwest::Method;
use reqwest::header::HeaderName;
use serde_json::{Value, json};

use crate::Env;
use crate::api::Api;
use crate::forge::{Comment, Forge, ForgeError, garbled, meaning};

/// A note has at most 1,000,000 characters.
const LIMIT: usize = 1_000_000;

const NEEDS: &str = "the token needs the scope `api` and the role Reporter or higher in the project";

/// One project at GitLab.
pub struct GitLab {
    api: Api,
    /// Its number, or its path with `/` as `%2F`.
    project: String,
    /// Where people see the project.
    site: String,
}

impl GitLab {
    /// The project that the environment of a job names, or that was asked for.
    ///
    /// # Errors
    /// When the project or the token is not there.
    pub fn from_env(env: Env<'_>, project: Option<&str>) -> Result<GitLab, ForgeError> {
        let project =
            project.map(str::to_owned).or_else(|| env("CI_PROJECT_ID")).ok_or(ForgeError::Missing {
                name: "CI_PROJECT_ID",
                hint: "outside GitLab CI, name the project: --repo GROUP/NAME",
            })?;
        let token = env("GITLAB_TOKEN").ok_or(ForgeError::Missing {
            name: "GITLAB_TOKEN",
            hint: "make a project access token with the scope `api`, and give it to the job as a masked variable; \
                   CI_JOB_TOKEN may not write notes",
        })?;
        let base = env("CI_API_V4_URL").unwrap_or_else(|| "https://gitlab.com/api/v4".to_owned());
        let api = Api::new(&base, Some((HeaderName::from_static("private-token"), token)))
            .map_err(|source| ForgeError::Api { action: "reach GitLab", source })?;
        let site = env("CI_PROJECT_URL").unwrap_or_default();
        Ok(GitLab { api, project: project.replace('/', "%2F"), site })
    }

    fn path(&self, pull: u64, rest: &str) -> String {
        format!("projects/{}/merge_requests/{pull}{rest}", self.project)
    }

    fn note(&self, pull: u64, it: &Value) -> Option<Comment> {
        let id = it["id"].as_u64()?;
        let url = format!("{}/-/merge_requests/{pull}#note_{id}", self.site);
        Some(Comment { id, text: it["body"].as_str()?.to_owned(), url })
    }
}

#[async_trait]
impl Forge for GitLab {
    fn limit(&self) -> usize {
        LIMIT
    }

    async fn own_comments(&self, pull: u64) -> Result<Vec<Comment>, ForgeError> {
        let user = self.api.send(Method::GET, "user", None).await;
        let user = user.map_err(|it| meaning(it, "read who the token is of", NEEDS))?;
        let path = self.path(pull, "/notes?sort=asc&order_by=created_at");
        let all = match self.api.all(&path).await {
            Ok(it) => it,
            Err(error) if error.status() == Some(404) => {
                let (what, place) = (format!("merge request {pull}"), format!("project {}", self.project));
                return Err(ForgeError::Absent { what, place });
            }
            Err(source) => return Err(meaning(source, "list notes", NEEDS)),
        };
        let own = all.iter().filter(|it| it["author"]["id"] == user["id"] && it["system"] != true);
        Ok(own.filter_map(|it| self.note(pull, it)).collect())
    }

    async fn post(&self, pull: u64, text: &str) -> Result<Comment, ForgeError> {
        let (action, path) = ("post a note", self.path(pull, "/notes"));
        let new = self.api.send(Method::POST, &path, Some(&json!({ "body": text }))).await;
        let new = new.map_err(|it| meaning(it, action, NEEDS))?;
        self.note(pull, &new).ok_or_else(|| garbled(action, Method::POST, &path))
    }

    async fn edit(&self, pull: u64, id: u64, text: &str) -> Result<Comment, ForgeError> {
        let (action, path) = ("change a note", self.path(pull, &format!("/notes/{id}")));
        let changed = match self.api.send(Method::PUT, &path, Some(&json!({ "body": text }))).await {
            Ok(it) => it,
            Err(error) if error.status() == Some(404) => return Err(ForgeError::DeletedMeanwhile),
            Err(source) => return Err(meaning(source, action, NEEDS)),
        };
        self.note(pull, &changed).ok_or_else(|| garbled(action, Method::PUT, &path))
    }
}
