//! Reads `WWW-Authenticate`: what a registry wants to see.

/// What a registry wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// User and password, with every request.
    Basic,
    /// A token, from the server at `realm`.
    Bearer { realm: String, service: Option<String> },
}

impl Challenge {
    /// The first that we can answer, of the header's values; a token rather than a password.
    pub fn parse<'a>(headers: impl IntoIterator<Item = &'a str>) -> Option<Challenge> {
        let mut basic = None;
        for header in headers {
            let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
            if scheme.eq_ignore_ascii_case("bearer") {
                let parameters = parameters(rest);
                let of = |name: &str| parameters.iter().find(|(it, _)| it == name).map(|(_, it)| it.clone());
                if let Some(realm) = of("realm") {
                    return Some(Challenge::Bearer { realm, service: of("service") });
                }
            } else if scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Challenge::Basic);
            }
        }
        basic
    }
}

/// `name="value", other=token`: a quoted value may hold commas and escaped quotes.
fn parameters(text: &str) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut rest = text.chars().peekable();
    loop {
        let name: String = std::iter::from_fn(|| rest.next_if(|it| *it != '=')).collect();
        if rest.next().is_none() {
            return out;
        }
        let mut value = String::new();
        if rest.next_if_eq(&'"').is_some() {
            while let Some(it) = rest.next() {
                match it {
                    '"' => break,
                    '\\' => value.extend(rest.next()),
                    it => value.push(it),
                }
            }
        } else {
            value.extend(std::iter::from_fn(|| rest.next_if(|it| *it != ',')));
        }
        out.push((name.trim_matches([',', ' ']).to_ascii_lowercase(), value.trim().to_owned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expect: Option<(&str, Option<&str>)>) {
        let expect = expect.map(|(realm, service)| Challenge::Bearer {
            realm: realm.to_owned(),
            service: service.map(str::to_owned),
        });
        assert_eq!(Challenge::parse([header]), expect, "{header}");
    }

    #[test]
    fn what_is_wanted() {
        let google = r#"Bearer realm="https://us-docker.pkg.dev/v2/token",service="us-docker.pkg.dev""#;
        check(google, Some(("https://us-docker.pkg.dev/v2/token", Some("us-docker.pkg.dev"))));
        check(r#"bearer service=a, scope="x:y:pull,push", realm="http://b""#, Some(("http://b", Some("a"))));
        check(r#"Bearer realm="a\"b""#, Some((r#"a"b"#, None)));
        check("Bearer", None);
        check("Negotiate", None);
        check(r#"Bearer realm"#, None);
        assert_eq!(Challenge::parse([r#"Basic realm="x""#]), Some(Challenge::Basic));
        assert_eq!(
            Challenge::parse(["Basic realm=x", "Bearer realm=y"]),
            Some(Challenge::Bearer { realm: "y".to_owned(), service: None })
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            Challenge::parse([text.as_str(), &format!("Bearer {text}")]);
        }
    }
}
