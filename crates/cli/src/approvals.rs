//! Plans that a person approved at a terminal. Kept outside of every project's folder, where an agent that may only write
//! into the project cannot make one.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use engine::Selection;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::problem::Problem;
use crate::world::World;

/// How long an approval is valid, in seconds.
pub const VALID: i64 = 24 * 3600;

/// A plan that a person approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    pub digest: String,
    pub stack: String,
    /// Which resources the plan is for, and what the person consented to.
    pub selection: Selection,
    /// `events/dev: project my-project on Google Cloud`: the digest does not say which cloud it is.
    title: String,
    /// Of the project.
    folder: PathBuf,
    /// Seconds since 1970.
    at: i64,
}

impl Approval {
    /// The approval of this plan, now.
    pub fn of(world: &World, digest: &str) -> Result<Approval, Problem> {
        Ok(Approval {
            digest: digest.to_owned(),
            stack: world.stack.clone(),
            selection: world.selection.clone(),
            title: world.title.clone(),
            folder: canonical(world.project.folder())?,
            at: OffsetDateTime::now_utc().unix_timestamp(),
        })
    }

    /// Refuses a cloud or a folder other than the one that the plan was approved for.
    pub fn check(&self, world: &World) -> Result<(), Problem> {
        let folder = canonical(world.project.folder())?;
        if self.folder != folder {
            let (theirs, ours) = (self.folder.display(), folder.display());
            return Err(refused(format!("it was approved for the project in {theirs}, and this is {ours}")));
        }
        if self.title != world.title {
            return Err(refused(format!("it was approved for {}, and this is {}", self.title, world.title)));
        }
        Ok(())
    }
}

fn canonical(folder: &Path) -> Result<PathBuf, Problem> {
    folder
        .canonicalize()
        .map_err(|it| Problem::new(format!("the folder {} cannot be found: {it}", folder.display())))
}

fn refused(why: String) -> Problem {
    let mut problem = Problem::new("this plan is not approved, and nothing was done");
    problem.causes.push(why);
    problem.hint("a person approves it at a terminal: stack approve DIGEST")
}

/// The folder of approvals.
pub struct Approvals {
    folder: PathBuf,
}

impl Approvals {
    /// In the person's own folder of state: `$XDG_STATE_HOME/stack/approved`, by default under `~/.local/state`.
    pub fn open() -> Result<Approvals, Problem> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|it| it.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| Some(absolute("HOME")?.join(".local/state")));
        let state = state.ok_or_else(|| {
            Problem::new("there is no folder to keep approvals in")
                .hint("set HOME or XDG_STATE_HOME to the path of a folder")
        })?;
        Ok(Approvals { folder: state.join("stack").join("approved") })
    }

    fn file(&self, digest: &str) -> PathBuf {
        // `sha256:` and hexadecimal digits; nothing else gets here, and nothing else may name a file.
        let name: String = digest.chars().filter(char::is_ascii_alphanumeric).collect();
        self.folder.join(format!("{name}.json"))
    }

    /// Keeps an approval.
    pub fn add(&self, approval: &Approval) -> Result<(), Problem> {
        let path = self.file(&approval.digest);
        let text = serde_json::to_string_pretty(approval).map_err(|it| Problem::of(&it, None))?;
        let written = DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).and_then(|()| {
            // Written beside and renamed, so that nobody reads half of it.
            let beside = path.with_extension(format!("{}.new", std::process::id()));
            let mut file =
                OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
            file.write_all(text.as_bytes())?;
            fs::rename(&beside, &path)
        });
        written.map_err(|it| Problem::new(format!("the approval {} cannot be written: {it}", path.display())))
    }

    /// The approval of a digest, if it is there and valid.
    pub fn find(&self, digest: &str) -> Result<Approval, Problem> {
        let path = self.file(digest);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(refused(format!("no person has approved {digest}, or it was applied already")));
            }
            Err(error) => {
                return Err(Problem::new(format!("the approval {} cannot be read: {error}", path.display())));
            }
        };
        let approval: Approval = serde_json::from_str(&text)
            .map_err(|it| refused(format!("{} is not an approval: {it}", path.display())))?;
        let age = OffsetDateTime::now_utc().unix_timestamp().saturating_sub(approval.at);
        if approval.digest != digest {
            return Err(refused(format!("{} is the approval of another digest", path.display())));
        }
        // One from the future was made with another clock, and nobody knows how old it is.
        if !(0..VALID).contains(&age) {
            return Err(refused("its approval is older than 24 hours".to_owned()));
        }
        Ok(approval)
    }

    /// Uses an approval up. Of two who try at once, one is refused.
    pub fn take(&self, approval: &Approval) -> Result<(), Problem> {
        let path = self.file(&approval.digest);
        match fs::remove_file(&path) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Err(refused("its approval was used a moment ago".to_owned()))
            }
            Err(error) => {
                let problem =
                    Problem::new(format!("the approval {} cannot be used: {error}", path.display()));
                Err(problem.hint("an approval is removed as it is used: the folder must be writable"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn approval(at: i64) -> Approval {
        Approval {
            digest: format!("sha256:{}", "a".repeat(64)),
            stack: "local".to_owned(),
            selection: Selection::default(),
            title: "events/local".to_owned(),
            folder: PathBuf::from("/p"),
            at,
        }
    }

    #[test]
    fn an_approval_is_valid_for_a_day_and_once() {
        let home = tempfile::tempdir().unwrap();
        let approvals = Approvals { folder: home.path().join("approved") };
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let why = |digest: &str| approvals.find(digest).err().map(|it| it.causes.join(" "));
        let digest = approval(now).digest;
        assert!(why(&digest).unwrap().contains("no person has approved"));
        for (at, valid) in
            [(now, true), (now - VALID + 60, true), (now - VALID - 1, false), (now + 3600, false)]
        {
            approvals.add(&approval(at)).unwrap();
            assert_eq!(approvals.find(&digest).is_ok(), valid, "{at}: {:?}", why(&digest));
        }
        let it = approval(now);
        approvals.add(&it).unwrap();
        assert_eq!(approvals.find(&digest).unwrap(), it);
        approvals.take(&it).unwrap();
        assert!(approvals.take(&it).is_err() && approvals.find(&digest).is_err());
    }

    #[test]
    fn a_file_of_another_digest_or_form_is_no_approval() {
        let home = tempfile::tempdir().unwrap();
        let approvals = Approvals { folder: home.path().to_owned() };
        let it = approval(OffsetDateTime::now_utc().unix_timestamp());
        approvals.add(&it).unwrap();
        let other = format!("sha256:{}", "b".repeat(64));
        fs::rename(approvals.file(&it.digest), approvals.file(&other)).unwrap();
        assert!(approvals.find(&other).is_err());
        fs::write(approvals.file(&other), "{}").unwrap();
        assert!(approvals.find(&other).unwrap_err().causes[0].contains("is not an approval"));
    }
}
