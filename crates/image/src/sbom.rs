//! The bill of materials of a binary: the crates that are linked into it, as SPDX 2.3.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cargo::Package;
use crate::digest::Digest;

pub const SPDX: &str = "application/spdx+json";

/// What a binary is made of, or several are. The first part is the first binary's own package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sbom {
    pub parts: Vec<Part>,
    /// The binaries' own packages, by place.
    pub roots: Vec<usize>,
    /// Which part depends on which, by place.
    pub edges: Vec<(usize, usize)>,
}

/// A package that is linked in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub version: String,
    pub license: String,
    pub description: String,
    pub repository: String,
    /// `registry+https://…`, `git+https://…`; empty for what is in the workspace.
    pub source: String,
    /// SHA-256 of the package as it was downloaded.
    pub checksum: Option<String>,
    /// A crate, and not a library of the system.
    pub is_crate: bool,
}

/// Reads `cargo tree --prefix=depth --format='\t{p}'`, in which a line is a depth and `name vVERSION …`.
pub fn read(tree: &str, known: &[Package], lock: &str, linked: &BTreeMap<&str, String>) -> Sbom {
    let checksums = checksums(lock);
    let mut sbom = Sbom { roots: vec![0], ..Sbom::default() };
    let mut places: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut above: Vec<usize> = Vec::new();
    for line in tree.lines() {
        let Some((depth, package)) = line.split_once('\t') else { continue };
        let (Ok(depth), mut words) = (depth.parse::<usize>(), package.split_whitespace()) else { continue };
        let (Some(name), Some(version)) = (words.next(), words.next()) else { continue };
        let key = (name.to_owned(), version.trim_start_matches('v').to_owned());
        let place = *places.entry(key.clone()).or_insert_with(|| {
            sbom.parts.push(part(&key, known, &checksums));
            sbom.parts.len() - 1
        });
        above.truncate(depth);
        if let Some(parent) = above.last() {
            sbom.edges.push((*parent, place));
        }
        above.push(place);
    }
    for (name, version) in linked {
        let part = Part { name: (*name).to_owned(), version: version.clone(), ..Part::default() };
        sbom.parts.push(part);
        sbom.edges.push((0, sbom.parts.len() - 1));
    }
    sbom.edges.sort_unstable();
    sbom.edges.dedup();
    sbom
}

fn part(key: &(String, String), known: &[Package], checksums: &BTreeMap<(String, String), String>) -> Part {
    let (name, version) = key.clone();
    let found = known.iter().find(|it| it.name == name && it.version == version);
    let text = |it: fn(&Package) -> &Option<String>| found.and_then(|f| it(f).clone()).unwrap_or_default();
    Part {
        license: text(|it| &it.license).replace('/', " OR "),
        description: text(|it| &it.description).trim().to_owned(),
        repository: text(|it| &it.repository),
        source: text(|it| &it.source),
        checksum: checksums.get(key).cloned(),
        name,
        version,
        is_crate: true,
    }
}

/// Name and version to checksum, out of Cargo.lock.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let mut out = BTreeMap::new();
    for block in lock.split("[[package]]") {
        let field = |name: &str| {
            let value = block.lines().find_map(|it| it.strip_prefix(name)?.strip_prefix(" = \""));
            value.map(|it| it.trim_end_matches('"').to_owned())
        };
        if let (Some(name), Some(version), Some(sum)) = (field("name"), field("version"), field("checksum")) {
            out.insert((name, version), sum);
        }
    }
    out
}

impl Sbom {
    /// The binary's own package.
    pub fn root(&self) -> Option<&Part> {
        self.parts.first()
    }

    /// What several binaries are made of together: a part that several have is one.
    pub fn joined<'a>(all: impl Iterator<Item = &'a Sbom>) -> Sbom {
        let mut joined = Sbom::default();
        for sbom in all {
            let places: Vec<usize> = sbom.parts.iter().map(|it| joined.place(it)).collect();
            joined.roots.extend(sbom.roots.iter().map(|it| places[*it]));
            joined.edges.extend(sbom.edges.iter().map(|(from, to)| (places[*from], places[*to])));
        }
        joined.edges.sort_unstable();
        joined.edges.dedup();
        joined
    }

    /// Where a part is, added if it is not there.
    fn place(&mut self, part: &Part) -> usize {
        self.parts.iter().position(|it| it == part).unwrap_or_else(|| {
            self.parts.push(part.clone());
            self.parts.len() - 1
        })
    }

    /// The document, about the image of this digest.
    pub fn spdx(&self, created: &str, image: &Digest) -> Value {
        self.document(self.root().map_or("image", |it| it.name.as_str()), created, image)
    }

    /// The document of this name, about what has this digest.
    pub fn document(&self, name: &str, created: &str, about: &Digest) -> Value {
        let part = |(place, it): (usize, &Part)| it.spdx(place, self.roots.contains(&place));
        let packages: Vec<Value> = self.parts.iter().enumerate().map(part).collect();
        let described = self.roots.iter().map(|it| relation("SPDXRef-DOCUMENT", "DESCRIBES", &id(*it)));
        let edges = self.edges.iter().map(|(from, to)| relation(&id(*from), "DEPENDS_ON", &id(*to)));
        let relations: Vec<Value> = described.chain(edges).collect();
        json!({
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": name,
            "documentNamespace": format!("https://spdx.org/spdxdocs/{name}-{}", about.hex()),
            "creationInfo": {
                "created": created,
                "creators": [concat!("Tool: stack-", env!("CARGO_PKG_VERSION"))],
            },
            "packages": packages,
            "relationships": relations,
        })
    }
}

fn id(place: usize) -> String {
    format!("SPDXRef-{place}")
}

fn relation(from: &str, kind: &str, to: &str) -> Value {
    json!({ "spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to })
}

impl Part {
    fn spdx(&self, place: usize, is_program: bool) -> Value {
        let said = |it: &str| if it.is_empty() { "NOASSERTION".to_owned() } else { it.to_owned() };
        let download = match self.source.split_once('+') {
            Some(("registry" | "sparse", _)) => {
                format!("https://static.crates.io/crates/{0}/{0}-{1}.crate", self.name, self.version)
            }
            Some(("git", url)) => format!("git+{}", url.replace('#', "@")),
            Some(_) | None => said(&self.repository),
        };
        let mut package = json!({
            "SPDXID": id(place),
            "name": self.name,
            "downloadLocation": download,
            "filesAnalyzed": false,
            "licenseConcluded": "NOASSERTION",
            "licenseDeclared": said(&self.license),
            "copyrightText": "NOASSERTION",
            "primaryPackagePurpose": if is_program { "APPLICATION" } else { "LIBRARY" },
        });
        if !self.version.is_empty() {
            package["versionInfo"] = json!(self.version);
        }
        if let Some(sum) = &self.checksum {
            package["checksums"] = json!([{ "algorithm": "SHA256", "checksumValue": sum }]);
        }
        // By which scanners find what is known to be wrong with it.
        if self.is_crate && !self.source.is_empty() {
            let version = self.version.replace('+', "%2B");
            package["externalRefs"] = json!([{
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": format!("pkg:cargo/{}@{version}", self.name),
            }]);
        }
        package
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_becomes_parts() {
        let tree = "0\tapi v0.1.0 (/tmp/a b/api)\n1\tserde v1.0.1\n2\tserde_core v1.0.1\n\
                    1\tjson v2.0.0+spec\n2\tserde_core v1.0.1 (*)\n";
        let lock = "[[package]]\nname = \"serde\"\nversion = \"1.0.1\"\nchecksum = \"abc\"\n";
        let sbom = read(tree, &[], lock, &BTreeMap::from([("rust-std", "1.95.0".to_owned())]));
        let names: Vec<&str> = sbom.parts.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["api", "serde", "serde_core", "json", "rust-std"]);
        assert_eq!(sbom.edges, [(0, 1), (0, 3), (0, 4), (1, 2), (3, 2)]);
        assert_eq!(sbom.parts[1].checksum.as_deref(), Some("abc"));
        let spdx = sbom.spdx("1970-01-01T00:00:00Z", &Digest::of(b""));
        assert_eq!(spdx["packages"].as_array().unwrap().len(), 5);
        assert_eq!(spdx["relationships"].as_array().unwrap().len(), 6);
    }
}
