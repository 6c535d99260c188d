//! Lists of objects: by prefix, folder and page.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::bucket;
use super::objects::{ARCHIVED, LIVE, full_or_not, live_key, version_key};
use super::removal::{DELETED, deleted_prefix};
use crate::error::Refusal;
use crate::request::{Answer, Request};
use crate::store::Tx;

/// What a list is asked for.
struct Listing<'a> {
    prefix: &'a str,
    delimiter: &'a str,
    start: &'a str,
    end: &'a str,
    size: usize,
    trailing: bool,
}

/// Items and prefixes of one page, and where the next begins.
#[derive(Default)]
struct Listed {
    items: Vec<Value>,
    prefixes: BTreeSet<String>,
    next: Option<String>,
}

impl Listing<'_> {
    fn run(&self, versions: impl Iterator<Item = (String, Value)>, after: Option<&str>) -> Listed {
        let mut out = Listed::default();
        let mut last = String::new();
        for (key, object) in versions {
            let name = object["name"].as_str().unwrap_or_default();
            if !name.starts_with(self.prefix)
                || name < self.start
                || (!self.end.is_empty() && name >= self.end)
                || after.is_some_and(|after| key.as_str() <= after)
            {
                continue;
            }
            let rest = &name[self.prefix.len()..];
            let folder = match (self.delimiter.is_empty(), rest.find(self.delimiter)) {
                (false, Some(at)) => Some(&name[..self.prefix.len() + at + self.delimiter.len()]),
                (true, _) | (_, None) => None,
            };
            let known = folder.is_some_and(|it| out.prefixes.contains(it));
            if !known && out.items.len() + out.prefixes.len() >= self.size {
                out.next = Some(URL_SAFE_NO_PAD.encode(&last));
                return out;
            }
            last = key;
            match folder {
                Some(folder) => {
                    let also = self.trailing && folder == name;
                    out.prefixes.insert(folder.to_owned());
                    // The rest of a folder is behind this mark, whichever names it holds.
                    last = last.replacen(name, &format!("{folder}\u{10FFFF}"), 1);
                    if also {
                        out.items.push(object);
                    }
                }
                None => out.items.push(object),
            }
        }
        out
    }
}

pub(super) fn list(tx: &mut Tx, request: &Request<'_>) -> Result<Answer, Refusal> {
    let name = request.var("bucket");
    let found = bucket(tx, name)?;
    let (versions, deleted) = (request.query.is("versions"), request.query.is("softDeleted"));
    if versions && deleted {
        return Err(Refusal::invalid("The parameters versions and softDeleted cannot both be true."));
    }
    let text = |field: &str| request.query.get(field).unwrap_or_default();
    let size =
        request.query.number("maxResults").and_then(|it| usize::try_from(it).ok()).filter(|it| *it > 0);
    let listing = Listing {
        prefix: text("prefix"),
        delimiter: text("delimiter"),
        start: text("startOffset"),
        end: text("endOffset"),
        size: size.unwrap_or(1000).min(1000),
        trailing: request.query.is("includeTrailingDelimiter"),
    };
    let after = match text("pageToken") {
        "" => None,
        token => {
            let key = URL_SAFE_NO_PAD.decode(token).ok().and_then(|it| String::from_utf8(it).ok());
            Some(key.ok_or_else(|| Refusal::invalid("Invalid argument: page token."))?)
        }
    };
    let prefix = live_key(name, listing.prefix);
    // Keys carry the generation, so that versions of one object follow each other from old to new.
    let keyed = |(_, object): (String, Value)| {
        let text = |field: &str| object[field].as_str().unwrap_or_default();
        (version_key("", text("name"), &format!("{:0>20}", text("generation"))), object)
    };
    let mut all: Vec<(String, Value)> = Vec::new();
    if deleted {
        let prefix = format!("{}{}", deleted_prefix(&found), listing.prefix);
        all.extend(tx.all(DELETED, &prefix)?.into_iter().map(keyed));
    } else {
        all.extend(tx.all(LIVE, &prefix)?.into_iter().map(keyed));
    }
    if versions {
        all.extend(tx.all(ARCHIVED, &prefix)?.into_iter().map(keyed));
    }
    if versions || deleted {
        all.sort_by(|a, b| a.0.cmp(&b.0));
    }
    if let Some(glob) = request.query.get("matchGlob") {
        all.retain(|(_, it)| glob_fits(glob.as_bytes(), it["name"].as_str().unwrap_or_default().as_bytes()));
    }
    let listed = listing.run(all.into_iter(), after.as_deref());
    let mut answer = json!({"kind": "storage#objects"});
    if !listed.items.is_empty() {
        answer["items"] = listed.items.into_iter().map(|it| full_or_not(request, it)).collect();
    }
    if !listed.prefixes.is_empty() {
        answer["prefixes"] = json!(listed.prefixes);
    }
    if let Some(next) = listed.next {
        answer["nextPageToken"] = json!(next);
    }
    Ok(Answer::json(answer))
}

/// Whether a name fits a glob of `*` (not over `/`), `**` and `?`.
fn glob_fits(glob: &[u8], name: &[u8]) -> bool {
    match glob {
        [] => name.is_empty(),
        [b'*', b'*', rest @ ..] => (0..=name.len()).any(|at| glob_fits(rest, &name[at..])),
        [b'*', rest @ ..] => {
            let reach = name.iter().position(|it| *it == b'/').unwrap_or(name.len());
            (0..=reach).any(|at| glob_fits(rest, &name[at..]))
        }
        [b'?', rest @ ..] => {
            name.split_first().is_some_and(|(first, name)| *first != b'/' && glob_fits(rest, name))
        }
        [wanted, rest @ ..] => {
            name.split_first().is_some_and(|(first, name)| first == wanted && glob_fits(rest, name))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::objects::MARK;
    use super::*;

    fn check(prefix: &str, delimiter: &str, size: usize, want: (&[&str], &[&str], bool)) {
        let listing = Listing { prefix, delimiter, start: "", end: "", size, trailing: false };
        let all = ["a", "dir/1", "dir/2", "dir/sub/3", "z"]
            .map(|name| (format!("{MARK}{name}"), json!({"name": name})));
        let listed = listing.run(all.into_iter(), None);
        let names: Vec<&str> = listed.items.iter().filter_map(|it| it["name"].as_str()).collect();
        let prefixes: Vec<&str> = listed.prefixes.iter().map(String::as_str).collect();
        assert_eq!((&names[..], &prefixes[..], listed.next.is_some()), want);
    }

    #[test]
    fn lists_by_prefix_delimiter_and_page() {
        check("", "", 10, (&["a", "dir/1", "dir/2", "dir/sub/3", "z"], &[], false));
        check("", "/", 10, (&["a", "z"], &["dir/"], false));
        check("dir/", "/", 10, (&["dir/1", "dir/2"], &["dir/sub/"], false));
        check("", "/", 2, (&["a"], &["dir/"], true));
    }

    #[test]
    fn globs() {
        assert!(
            glob_fits(b"*.csv", b"a.csv")
                && !glob_fits(b"*.csv", b"d/a.csv")
                && glob_fits(b"**.csv", b"d/a.csv")
        );
    }
}
