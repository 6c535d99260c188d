//! The flags of the local cloud's program, which `stack local serve` and `stack local start` take as well and pass on.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::parser::ValueSource;
use clap::{ArgMatches, Args, Command, FromArgMatches};

#[derive(Clone, Debug, Args)]
pub struct Flags {
    #[arg(long, default_value_t = 8085)]
    pub port: u16,
    /// Run containers in this machine's network, and let them listen where other machines reach them. Otherwise each has a
    /// network of its own, or, where the machine allows none, is ended if it listens for other machines.
    #[arg(long)]
    pub open_containers: bool,
    /// An address of this machine or its network that containers reach from their own network, such as a database's:
    /// `127.0.0.1:5432`; may be given several times.
    #[arg(long = "containers-reach", value_name = "HOST:PORT", value_parser = reachable)]
    pub containers_reach: Vec<SocketAddr>,
    /// Read an issuer's discovery document and keys below another address, as a test of workload identity federation
    /// needs: `https://token.actions.githubusercontent.com=http://127.0.0.1:9000`; may be given several times.
    #[arg(long = "issuer", value_name = "ISSUER=URL", value_parser = issuer)]
    pub issuers: Vec<(String, String)>,
    /// A further host name under which requests may come, such as `host.docker.internal`.
    #[arg(long = "host", value_name = "NAME")]
    pub hosts: Vec<String>,
    /// The folder it keeps everything in; `.stack/local` beside Pulumi.yaml unless said.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Added to every answer: `80ms`.
    #[arg(long, default_value = "0ms", value_parser = duration)]
    pub latency: Duration,
    /// The share of requests that fail: `5%`.
    #[arg(long, default_value = "0%", value_parser = share)]
    pub fail: f64,
    /// Requests a second, above which it answers 429: `10/s`.
    #[arg(long, value_parser = rate)]
    pub throttle: Option<f64>,
    /// What the failures are drawn from, so that a run can be had again.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// A project that exists; without any, every project does.
    #[arg(long = "project", value_name = "ID=NUMBER", value_parser = project)]
    pub projects: Vec<(String, u64)>,
}

/// The flags as the person gave them, checked, for the program to take: whoever passes them on knows none of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given(Vec<OsString>);

impl Given {
    pub fn arguments(&self) -> &[OsString] {
        &self.0
    }
}

impl FromArgMatches for Given {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Given, clap::Error> {
        let mut given = Vec::new();
        for arg in Flags::augment_args(Command::new("flags")).get_arguments() {
            let (id, Some(long)) = (arg.get_id().as_str(), arg.get_long()) else { continue };
            if matches.value_source(id) != Some(ValueSource::CommandLine) {
                continue;
            }
            if !arg.get_action().takes_values() {
                given.push(format!("--{long}").into());
                continue;
            }
            for value in matches.get_raw(id).into_iter().flatten() {
                let mut word = OsString::from(format!("--{long}="));
                word.push(value);
                given.push(word);
            }
        }
        Ok(Given(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Given::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Given {
    fn augment_args(command: Command) -> Command {
        Flags::augment_args(command)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Flags::augment_args_for_update(command)
    }
}

/// An address that containers may reach: by number, for names are looked up where they are used.
fn reachable(text: &str) -> Result<SocketAddr, String> {
    let numbers = text.replacen("localhost:", "127.0.0.1:", 1);
    let address: SocketAddr =
        numbers.parse().map_err(|_| format!("{text:?} is not an address and a port, like 127.0.0.1:5432"))?;
    let address = SocketAddr::new(address.ip().to_canonical(), address.port());
    if address.ip().is_unspecified() || address.ip().is_multicast() || address.port() == 0 {
        return Err(format!("nothing can be reached at {text}"));
    }
    Ok(address)
}

/// An issuer, as its tokens name it, and where its documents are read instead.
fn issuer(text: &str) -> Result<(String, String), String> {
    let bad = || {
        format!("{text:?} is not an issuer and an address like https://id.example.com=http://127.0.0.1:9000")
    };
    let (issuer, url) = text.split_once('=').ok_or_else(bad)?;
    let web = |it: &str| {
        ["https://", "http://"]
            .iter()
            .any(|scheme| it.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
    };
    if !issuer.starts_with("https://") || !web(url) {
        return Err(bad());
    }
    Ok((issuer.to_owned(), url.to_owned()))
}

fn duration(text: &str) -> Result<Duration, String> {
    let bad = || format!("{text:?} is not a span of time like 80ms or 1.5s");
    let (number, unit) = text
        .strip_suffix("ms")
        .map(|it| (it, 0.001))
        .or_else(|| text.strip_suffix('s').map(|it| (it, 1.0)))
        .ok_or_else(bad)?;
    let number: f64 = number.trim().parse().map_err(|_| bad())?;
    Duration::try_from_secs_f64(number * unit).map_err(|_| bad())
}

fn share(text: &str) -> Result<f64, String> {
    let bad = || format!("{text:?} is not a share like 5%");
    let number: f64 = text.strip_suffix('%').ok_or_else(bad)?.trim().parse().map_err(|_| bad())?;
    if (0.0..=100.0).contains(&number) { Ok(number / 100.0) } else { Err(bad()) }
}

/// `10/s`.
///
/// # Errors
///
/// That it is no rate, with an example of one.
pub fn rate(text: &str) -> Result<f64, String> {
    let bad = || format!("{text:?} is not a rate like 10/s");
    let number: f64 = text.strip_suffix("/s").ok_or_else(bad)?.trim().parse().map_err(|_| bad())?;
    if number > 0.0 && number.is_finite() { Ok(number) } else { Err(bad()) }
}

fn project(text: &str) -> Result<(String, u64), String> {
    let bad = || format!("{text:?} is not a project like my-project=123456789012");
    let (id, number) = text.split_once('=').ok_or_else(bad)?;
    Ok((id.to_owned(), number.parse().map_err(|_| bad())?))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Passing {
        #[arg(long, global = true)]
        stack: Option<String>,
        #[command(flatten)]
        given: Given,
    }

    #[derive(Debug, Parser)]
    struct Taking {
        #[command(flatten)]
        flags: Flags,
    }

    fn passed(words: &[&str]) -> Vec<String> {
        let given = Passing::try_parse_from([&["stack"], words].concat()).unwrap().given;
        given.arguments().iter().map(|it| it.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn flags_are_passed_on_as_they_were_given() {
        assert_eq!(passed(&[]), [""; 0]);
        let words = passed(&[
            "--fail",
            "5%",
            "--stack",
            "dev",
            "--host",
            "a",
            "--open-containers",
            "--host=b",
            "--port",
            "0",
            "--project",
            "p=1",
            "--data",
            "odd folder",
            "--latency",
            "1.5s",
        ]);
        let expected = [
            "--port=0",
            "--open-containers",
            "--host=a",
            "--host=b",
            "--data=odd folder",
            "--latency=1.5s",
            "--fail=5%",
            "--project=p=1",
        ];
        assert_eq!(words, expected);
        let flags = Taking::try_parse_from([vec!["stack-local".to_owned()], words].concat()).unwrap().flags;
        assert_eq!((flags.port, flags.fail, flags.seed, flags.open_containers), (0, 0.05, 1, true));
        assert_eq!(
            (flags.hosts, flags.projects),
            (vec!["a".to_owned(), "b".to_owned()], vec![("p".to_owned(), 1)])
        );
    }

    #[test]
    fn what_the_program_would_refuse_is_refused_before_it_is_called() {
        for (flag, value, why) in [
            ("--fail", "5", "like 5%"),
            ("--latency", "5", "like 80ms"),
            ("--throttle", "0/s", "like 10/s"),
            ("--project", "p", "like my-project="),
            ("--containers-reach", "0.0.0.0:1", "nothing can be reached"),
            ("--containers-reach", "db:1", "like 127.0.0.1:5432"),
        ] {
            let said = Passing::try_parse_from(["stack", flag, value]).unwrap_err().to_string();
            assert!(said.contains(why), "{said}");
        }
    }
}
