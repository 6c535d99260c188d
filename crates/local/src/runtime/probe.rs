//! Waits until a container answers, as long as its startup probe allows.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, sleep, timeout};

use super::network::Address;
use super::process::Process;

/// How often we look. More often than the probe says, so that nobody waits for a period to pass on their own
/// machine; how long we look is what the probe says.
const PAUSE: Duration = Duration::from_millis(25);

/// A startup probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The path that is asked for; without one a connection is enough.
    path: Option<String>,
    headers: Vec<(String, String)>,
    delay: Duration,
    /// How long one attempt may take.
    attempt: Duration,
    /// How long all attempts may take.
    whole: Duration,
}

impl Probe {
    /// The startup probe of a container; one that has none is given four minutes to listen, as Cloud Run does.
    pub fn of(container: &Value) -> Probe {
        let probe = &container["startupProbe"];
        if !probe.is_object() {
            let whole = Duration::from_secs(240);
            return Probe { path: None, headers: Vec::new(), delay: Duration::ZERO, attempt: whole, whole };
        }
        let number = |field: &str, unset: u64| probe[field].as_u64().filter(|it| *it > 0).unwrap_or(unset);
        let seconds = |field: &str, unset: u64| Duration::from_secs(number(field, unset));
        let http = &probe["httpGet"];
        let path = http["path"].as_str().filter(|it| it.starts_with('/')).unwrap_or("/");
        let headers = http["httpHeaders"].as_array().into_iter().flatten().filter_map(|it| {
            Some((it["name"].as_str()?.to_owned(), it["value"].as_str().unwrap_or_default().to_owned()))
        });
        Probe {
            path: http.is_object().then(|| path.to_owned()),
            headers: headers.collect(),
            delay: seconds("initialDelaySeconds", 0),
            attempt: seconds("timeoutSeconds", 1),
            whole: seconds("periodSeconds", 10) * u32::try_from(number("failureThreshold", 3)).unwrap_or(3),
        }
    }

    /// Waits until the container answers at an address; else says what was the matter.
    pub async fn wait(&self, address: &Address, process: &Process) -> Result<(), String> {
        let tried = async {
            sleep(self.delay).await;
            let end = Instant::now() + self.whole;
            loop {
                let said = match timeout(self.attempt, self.attempt(address)).await {
                    Ok(Ok(())) => return Ok(()),
                    Ok(Err(said)) => said,
                    Err(_) => format!("It did not answer within {} s.", self.attempt.as_secs()),
                };
                if Instant::now() >= end {
                    return Err(said);
                }
                sleep(PAUSE).await;
            }
        };
        tokio::select! {
            tried = tried => tried,
            ended = process.wait() => Err(ended.said),
        }
    }

    async fn attempt(&self, address: &Address) -> Result<(), String> {
        let mut stream = address.connect().await.map_err(|_| "Nothing listens on the port.".to_owned())?;
        let Some(path) = &self.path else { return Ok(()) };
        let port = address.port();
        let mut request = format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("User-Agent: GoogleHC/1.0\r\n\r\n");
        let broken = |it: std::io::Error| format!("The startup probe's connection broke: {it}.");
        stream.write_all(request.as_bytes()).await.map_err(broken)?;
        let mut head = Vec::new();
        let mut buffer = [0; 512];
        while !head.contains(&b'\n') {
            match stream.read(&mut buffer).await.map_err(broken)? {
                0 => break,
                read => head.extend_from_slice(&buffer[..read]),
            }
        }
        let head = String::from_utf8_lossy(&head);
        let status = head.split_whitespace().nth(1).and_then(|it| it.parse::<u16>().ok());
        match status {
            Some(200..=399) => Ok(()),
            Some(status) => Err(format!("The startup probe of {path} was answered with {status}.")),
            None => Err(format!("The startup probe of {path} was not answered in HTTP.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_probe_lasts_as_long_as_its_attempts() {
        let given = json!({"startupProbe": {"httpGet": {}, "periodSeconds": 2, "failureThreshold": 30}});
        let probe = Probe::of(&given);
        assert_eq!((probe.path.as_deref(), probe.whole.as_secs()), (Some("/"), 60));
        assert_eq!(probe.attempt.as_secs(), 1);
        let probe = Probe::of(&json!({}));
        assert_eq!((probe.path, probe.whole.as_secs()), (None, 240));
    }
}
