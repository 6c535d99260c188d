//! Finds the method that a request calls, by host, by first path segment, or by path alone.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use discovery::{Api, Method};

/// A method that a request calls, and the values in its path.
#[derive(Debug)]
pub struct Found {
    pub api: &'static Api,
    pub method: &'static Method,
    /// Path variables, decoded.
    pub path: BTreeMap<String, String>,
    /// Whether the path is one that takes an upload.
    pub upload: bool,
}

/// One segment of a path template, or of a variable's pattern.
#[derive(Debug)]
enum Part {
    Literal(String),
    /// Any one segment.
    One,
    /// Any number of segments.
    Rest,
}

/// A piece of a path template.
#[derive(Debug)]
enum Piece {
    Literal(String),
    /// A variable, and what its value looks like.
    Variable(Vec<Part>),
}

/// A template of one method, ready to be matched.
#[derive(Debug)]
struct Route {
    method: &'static Method,
    pieces: Vec<Piece>,
    /// `publish` of `v1/{+topic}:publish`.
    custom: Option<String>,
    /// The variables' names, in order.
    variables: Vec<String>,
    upload: bool,
}

/// The APIs we know and their routes, each parsed and compiled when first asked for.
struct Table {
    name: &'static str,
    version: &'static str,
    routes: OnceLock<Vec<Route>>,
}

fn tables() -> &'static [Table] {
    static TABLES: OnceLock<Vec<Table>> = OnceLock::new();
    TABLES.get_or_init(|| {
        discovery::names().map(|(name, version)| Table { name, version, routes: OnceLock::new() }).collect()
    })
}

impl Table {
    fn api(&self) -> Option<&'static Api> {
        discovery::api(self.name, self.version)
    }

    fn routes(&self) -> &[Route] {
        self.routes.get_or_init(|| {
            let Some(api) = self.api() else { return Vec::new() };
            let mut routes: Vec<Route> = api.methods.iter().flat_map(compile).collect();
            routes.sort_by_key(Route::rank);
            routes
        })
    }

    /// Whether a path can be of this API, told by its first segment without parsing the description.
    fn may_serve(&self, segments: &[String]) -> bool {
        let versioned = segments.first().is_some_and(|it| it == self.version);
        match self.name {
            "storage" | "bigquery" => {
                let service = segments.iter().position(|it| it == self.name);
                service.is_some_and(|at| segments.get(at + 1).is_some_and(|it| it == self.version))
            }
            _ => versioned,
        }
    }
}

/// Warms every API's description; the first requests need not wait for it.
pub fn warm() {
    for table in tables() {
        table.routes();
    }
}

fn compile(method: &'static Method) -> Vec<Route> {
    let plain = std::iter::once((&method.path, false));
    let uploads = method.upload.iter().map(|it| (it, true));
    plain.chain(uploads).map(|(template, upload)| compile_template(method, template, upload)).collect()
}

fn compile_template(method: &'static Method, template: &str, upload: bool) -> Route {
    let (template, custom) = match template.rsplit_once(':') {
        Some((head, verb)) if !verb.contains(['/', '}']) => (head, Some(verb.to_owned())),
        Some(_) | None => (template, None),
    };
    let mut variables = Vec::new();
    let mut pieces = Vec::new();
    for segment in template.trim_start_matches('/').split('/') {
        let Some(name) = segment.strip_prefix('{').and_then(|it| it.strip_suffix('}')) else {
            pieces.push(Piece::Literal(segment.to_owned()));
            continue;
        };
        let bare = name.trim_start_matches('+');
        let pattern = method.params.get(bare).and_then(|it| it.pattern.as_deref());
        let pattern = pattern.unwrap_or("[^/]+").trim_start_matches('^').trim_end_matches('$');
        let pattern = pattern.replace("[^/]+", "*");
        let parts = pattern.split('/').map(|part| match part {
            "*" => Part::One,
            ".*" => Part::Rest,
            literal => Part::Literal(literal.to_owned()),
        });
        pieces.push(Piece::Variable(parts.collect()));
        variables.push(bare.to_owned());
    }
    Route { method, pieces, custom, variables, upload }
}

impl Route {
    /// The values of the variables, if the path is one of this template.
    fn matches(&self, segments: &[String]) -> Option<Vec<String>> {
        let mut segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        if let Some(verb) = &self.custom {
            let last = segments.pop()?;
            segments.push(last.strip_suffix(verb.as_str())?.strip_suffix(':')?);
        }
        let mut values = Vec::with_capacity(self.variables.len());
        let mut at = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => {
                    if segments.get(at)? != text {
                        return None;
                    }
                    at += 1;
                }
                Piece::Variable(parts) => {
                    let begin = at;
                    for part in parts {
                        match part {
                            Part::Literal(text) if segments.get(at)? == text => at += 1,
                            Part::Literal(_) => return None,
                            Part::One if segments.get(at)?.is_empty() => return None,
                            Part::One => at += 1,
                            Part::Rest => at = segments.len(),
                        }
                    }
                    values.push(segments[begin..at].join("/"));
                }
            }
        }
        (at == segments.len()).then_some(values)
    }

    /// The order in which templates are asked: the more one says literally, the sooner.
    fn rank(&self) -> (bool, usize, usize) {
        let (mut rest, mut literals) = (0, 0);
        for piece in &self.pieces {
            let Piece::Variable(parts) = piece else {
                literals += 1;
                continue;
            };
            for part in parts {
                match part {
                    Part::Literal(_) => literals += 1,
                    Part::One => {}
                    Part::Rest => rest += 1,
                }
            }
        }
        (self.custom.is_none(), rest, usize::MAX - literals)
    }
}

/// Decodes `%2F` and the like; what is not valid stays as it is.
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = |it: u8| char::from(it).to_digit(16);
        match (bytes[at], bytes.get(at + 1).copied().and_then(hex), bytes.get(at + 2).copied().and_then(hex))
        {
            (b'%', Some(high), Some(low)) => {
                out.push(u8::try_from(high * 16 + low).unwrap_or(b'?'));
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Which APIs a host names: `pubsub.googleapis.com`, `us-central1-run.googleapis.com`,
/// `secretmanager.us-central1.rep.googleapis.com`, `pubsub.localhost`.
fn service_of(host: &str) -> Option<&'static str> {
    let host = host.split(':').next().unwrap_or(host);
    let label = host.strip_suffix(".googleapis.com").or_else(|| host.strip_suffix(".localhost"))?;
    let label = label.split('.').next().unwrap_or(label);
    let named = |label: &str| tables().iter().find(|it| it.name == label).map(|it| it.name);
    named(label).or_else(|| label.rsplit_once('-').and_then(|(_, service)| named(service)))
}

/// Finds the method that a request calls.
pub fn find(host: &str, verb: &str, path: &str) -> Option<Found> {
    let mut segments: Vec<String> = path.trim_start_matches('/').split('/').map(decode).collect();
    let service = match service_of(host) {
        Some(service) => Some(service),
        None => {
            let named = tables().iter().find(|it| it.name == segments[0]).map(|it| it.name);
            // `/storage/v1/…` and `/bigquery/v2/…` are Google's own paths: nothing to take off.
            let own = named
                .is_some_and(|name| tables().iter().any(|it| it.name == name && it.may_serve(&segments)));
            if named.is_some() && !own {
                segments.remove(0);
            }
            named
        }
    };
    // Media are also read under `/download`.
    if segments[0] == "download" {
        segments.remove(0);
    }
    tables()
        .iter()
        .filter(|it| service.is_none_or(|name| it.name == name) && it.may_serve(&segments))
        .find_map(|table| {
            let api = table.api()?;
            table.routes().iter().filter(|it| it.method.verb == verb).find_map(|route| {
                let values = route.matches(&segments)?;
                Some(Found {
                    api,
                    method: route.method,
                    path: route.variables.iter().cloned().zip(values).collect(),
                    upload: route.upload,
                })
            })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, verb: &str, path: &str, want: &str) {
        let got = find(host, verb, path).map_or_else(String::new, |it| {
            let values: Vec<String> = it.path.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{} {}", it.method.id, values.join(" "))
        });
        assert_eq!(got.trim(), want, "{verb} {host}{path}");
    }

    #[test]
    fn by_host() {
        let topic = "pubsub.projects.topics.get topic=projects/p/topics/t";
        check("pubsub.googleapis.com", "GET", "/v1/projects/p/topics/t", topic);
        check("pubsub.localhost:8085", "GET", "/v1/projects/p/topics/t", topic);
        check(
            "pubsub.googleapis.com",
            "POST",
            "/v1/projects/p/topics/t:publish",
            "pubsub.projects.topics.publish topic=projects/p/topics/t",
        );
        check(
            "us-central1-run.googleapis.com",
            "GET",
            "/v2/projects/p/locations/l/services/s",
            "run.projects.locations.services.get name=projects/p/locations/l/services/s",
        );
        check(
            "secretmanager.us-central1.rep.googleapis.com",
            "GET",
            "/v1/projects/p/locations/l/secrets/s",
            "secretmanager.projects.locations.secrets.get name=projects/p/locations/l/secrets/s",
        );
        check("run.googleapis.com", "GET", "/v1/projects/p/topics/t", "");
    }

    #[test]
    fn by_first_segment_or_path_alone() {
        let topic = "pubsub.projects.topics.create name=projects/p/topics/t";
        check("127.0.0.1:8085", "PUT", "/pubsub/v1/projects/p/topics/t", topic);
        check("127.0.0.1:8085", "PUT", "/v1/projects/p/topics/t", topic);
        check(
            "localhost",
            "GET",
            "/storage/v1/b/bucket/o/a%2Fb",
            "storage.objects.get bucket=bucket object=a/b",
        );
        check("localhost", "GET", "/storage/storage/v1/b/bucket", "storage.buckets.get bucket=bucket");
        check(
            "localhost",
            "GET",
            "/download/storage/v1/b/bucket/o/a",
            "storage.objects.get bucket=bucket object=a",
        );
        check("localhost", "POST", "/upload/storage/v1/b/bucket/o", "storage.objects.insert bucket=bucket");
        check("www.googleapis.com", "GET", "/storage/v1/b/bucket", "storage.buckets.get bucket=bucket");
        check(
            "localhost",
            "GET",
            "/bigquery/v2/projects/p/datasets/d/tables/t",
            "bigquery.tables.get datasetId=d projectId=p tableId=t",
        );
        check(
            "localhost",
            "POST",
            "/bigquery/v2/projects/p/datasets/d/tables/t:getIamPolicy",
            "bigquery.tables.getIamPolicy resource=projects/p/datasets/d/tables/t",
        );
        check(
            "localhost",
            "POST",
            "/cloudresourcemanager/v1/projects/p:getIamPolicy",
            "cloudresourcemanager.projects.getIamPolicy resource=p",
        );
        check(
            "localhost",
            "POST",
            "/cloudresourcemanager/v3/projects/p:getIamPolicy",
            "cloudresourcemanager.projects.getIamPolicy resource=projects/p",
        );
    }

    #[test]
    fn custom_verbs_come_before_names() {
        check(
            "pubsub.googleapis.com",
            "POST",
            "/v1/projects/p/schemas:validate",
            "pubsub.projects.schemas.validate parent=projects/p",
        );
        check(
            "pubsub.googleapis.com",
            "POST",
            "/v1/projects/p/schemas",
            "pubsub.projects.schemas.create parent=projects/p",
        );
        check(
            "logging.googleapis.com",
            "GET",
            "/v2/projects/p/metrics/a%2Fb",
            "logging.projects.metrics.get metricName=projects/p/metrics/a/b",
        );
        check(
            "serviceusage.googleapis.com",
            "POST",
            "/v1beta1/projects/p/services/pubsub.googleapis.com:generateServiceIdentity",
            "serviceusage.services.generateServiceIdentity parent=projects/p/services/pubsub.googleapis.com",
        );
    }
}
