//! Releases at GitHub: made as a draft, filled, and only then shown, so that nobody sees half of one.
//!
//! <https://docs.github.com/rest/releases/releases>, <https://docs.github.com/rest/releases/assets>

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::ApiError;
use crate::forge::{ForgeError, garbled, meaning};
use crate::github::GitHub;

const NEEDED: &str = "give the job `permissions: contents: write`";

/// By which a draft that an earlier run left is told from a person's. Not in the text of what is released.
const MARK: &str = "<!-- stack ci: release -->";

/// A release that is to be made: its tag, its text and its files.
#[derive(Clone, Debug)]
pub struct Release<'a> {
    /// A tag that exists.
    pub tag: &'a str,
    /// Markdown, at most 125,000 characters.
    pub notes: &'a str,
    pub assets: &'a [Asset],
}

/// A file of a release.
#[derive(Clone, Debug)]
pub struct Asset {
    pub name: String,
    pub bytes: Vec<u8>,
}

impl GitHub {
    /// Releases a tag with its files; where people see it. A draft that an earlier run of this left is replaced. `tell` hears
    /// of each file that has been uploaded.
    ///
    /// # Errors
    /// When the release exists, or GitHub refuses. Nothing is shown to anybody then.
    pub async fn release(
        &self,
        wanted: &Release<'_>,
        tell: &(dyn Fn(&Asset) + Sync),
    ) -> Result<String, ForgeError> {
        let failed = |action| move |source| meaning(source, action, NEEDED);
        let (tag, notes) = (wanted.tag, wanted.notes);
        self.clear_the_way(tag).await?;
        let draft = json!({
            "tag_name": tag,
            "name": tag,
            "body": format!("{MARK}\n{notes}"),
            "draft": true,
        });
        let draft =
            self.send(Method::POST, "releases", Some(&draft)).await.map_err(failed("make a release"))?;
        let unclear = || garbled("make a release", Method::POST, "releases");
        let (id, upload) =
            (draft["id"].as_u64().ok_or_else(unclear)?, draft["upload_url"].as_str().ok_or_else(unclear)?);
        // `https://uploads.github.com/…/assets{?name,label}`.
        let upload = upload.split('{').next().unwrap_or(upload);
        for asset in wanted.assets {
            self.upload(upload, asset).await?;
            tell(asset);
        }
        // A version with a hyphen, such as 1.0.0-rc.1, is a prerelease by Semantic Versioning.
        let shown = json!({ "draft": false, "prerelease": tag.contains('-'), "body": notes });
        let shown = self.send(Method::PATCH, &format!("releases/{id}"), Some(&shown)).await;
        let shown = shown.map_err(failed("publish a release"))?;
        Ok(shown["html_url"].as_str().unwrap_or_default().to_owned())
    }

    /// Sees to it that there is no release of a tag, and no draft of an earlier run.
    async fn clear_the_way(&self, tag: &str) -> Result<(), ForgeError> {
        let failed = |action| move |source| meaning(source, action, NEEDED);
        let url = |it: &Value| it["html_url"].as_str().unwrap_or_default().to_owned();
        match self.send(Method::GET, &format!("releases/tags/{tag}"), None).await {
            Ok(there) => return Err(ForgeError::Released { tag: tag.to_owned(), url: url(&there) }),
            Err(error) if error.status() == Some(404) => {}
            Err(source) => return Err(meaning(source, "look for a release", NEEDED)),
        }
        // A draft has no tag yet, and is only in the list.
        let all = self.all("releases").await.map_err(failed("list releases"))?;
        for draft in all.iter().filter(|it| it["draft"] == true && it["tag_name"] == tag) {
            let ours = draft["body"].as_str().is_some_and(|it| it.starts_with(MARK));
            let (true, Some(id)) = (ours, draft["id"].as_u64()) else {
                return Err(ForgeError::Drafted { tag: tag.to_owned(), url: url(draft) });
            };
            self.send(Method::DELETE, &format!("releases/{id}"), None)
                .await
                .map_err(failed("delete what an earlier run left"))?;
        }
        Ok(())
    }

    async fn upload(&self, url: &str, asset: &Asset) -> Result<(), ForgeError> {
        let Asset { name, bytes } = asset;
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '-' | '_' | '.' | '+');
        if name.is_empty() || !name.chars().all(plain) {
            let form = "letters, digits, hyphens, underscores and dots: GitHub would rename it";
            return Err(ForgeError::Invalid { name: "a file's name", value: name.clone(), form });
        }
        let url = format!("{url}?name={}", name.replace('+', "%2B"));
        let action = "upload a file";
        let there = self.put_file(&url, bytes).await.map_err(|it| meaning(it, action, NEEDED))?;
        if there["state"] == "uploaded" && there["size"].as_u64() == u64::try_from(bytes.len()).ok() {
            return Ok(());
        }
        let source = ApiError::Garbled { method: Method::POST, url };
        Err(ForgeError::Api { action, source })
    }
}
