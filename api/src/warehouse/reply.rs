//! Understands BigQuery's answers: rows of `f` and `v`, times in three spellings, errors.

use serde::Deserialize;
use serde_json::Value;

use crate::events::{self, Event};
use crate::json::Json;
use crate::moment::Moment;

/// What `jobs.query` and `jobs.getQueryResults` answer with. BigQuery REST v2, QueryResponse.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Reply {
    pub job_complete: bool,
    pub job_reference: Option<JobReference>,
    pub schema: Option<Schema>,
    pub rows: Vec<Row>,
    pub page_token: Option<String>,
    /// An int64, which Google's JSON has as text.
    pub total_bytes_billed: Option<String>,
    pub total_bytes_processed: Option<String>,
    pub cache_hit: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobReference {
    pub project_id: String,
    pub job_id: String,
    pub location: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Schema {
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Field {
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Row {
    f: Vec<Cell>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Cell {
    v: Value,
}

impl Reply {
    /// Bytes that the query is billed for; answers of the older shape say only what was read.
    pub fn bytes_billed(&self) -> u64 {
        let text = self.total_bytes_billed.as_ref().or(self.total_bytes_processed.as_ref());
        if self.cache_hit { 0 } else { text.and_then(|it| it.parse().ok()).unwrap_or(0) }
    }
}

/// Where the three columns are in a row.
pub struct Columns {
    id: usize,
    data: usize,
    time: usize,
}

impl Columns {
    /// # Errors
    /// When a column is missing, which.
    pub fn find(schema: &Schema) -> Result<Columns, String> {
        let at = |name: &str| {
            let place = schema.fields.iter().position(|it| it.name.eq_ignore_ascii_case(name));
            place.ok_or_else(|| format!("no column {name} in the answer"))
        };
        Ok(Columns { id: at("event_id")?, data: at("event_data")?, time: at("timestamp")? })
    }

    /// # Errors
    /// When a row is shorter than the schema, or a time cannot be read.
    pub fn event(&self, row: &Row) -> Result<Event, String> {
        let cell = |at: usize| row.f.get(at).map(|it| &it.v).ok_or("a row is shorter than the schema");
        Ok(Event {
            id: cell(self.id)?.as_str().map(str::to_owned),
            data: data(cell(self.data)?),
            time: time(cell(self.time)?)?,
        })
    }
}

fn data(cell: &Value) -> Json {
    match cell {
        Value::Null => Json::Null,
        Value::String(text) => events::data(Some(text)),
        // Not as Google answers, but there is no doubt what is meant.
        other => events::data(Some(&other.to_string())),
    }
}

fn time(cell: &Value) -> Result<Option<Moment>, String> {
    let text = match cell {
        Value::Null => return Ok(None),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let moment = match text.parse::<i64>() {
        // As we ask for it.
        Ok(micros) => Moment::from_micros(micros),
        Err(_) => match text.parse::<f64>() {
            // Seconds, which BigQuery's older answers and its emulators give. A double has the microsecond
            // exactly until the year 2255.
            Ok(seconds) if seconds.is_finite() => Moment::from_micros((seconds * 1e6).round() as i64),
            Ok(_) | Err(_) => Moment::parse(&text),
        },
    };
    moment.map(Some).ok_or_else(|| format!("\"{text}\" is not a time"))
}

/// What Google says went wrong.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Problem {
    pub reason: String,
    pub message: String,
}

impl Problem {
    /// Reads `{"error": {"message", "errors": [{"reason"}], "status"}}`; anything else is its own message.
    pub fn read(body: &str) -> Problem {
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        let error = &value["error"];
        let reason = error["errors"][0]["reason"].as_str().or_else(|| error["status"].as_str());
        let message = match error["message"].as_str() {
            Some(message) => message.to_owned(),
            None => body.chars().take(300).collect(),
        };
        Problem { reason: reason.unwrap_or_default().to_owned(), message }
    }

    /// Whether later is better.
    pub fn is_passing(&self, status: u16) -> bool {
        let reasons = ["rateLimitExceeded", "jobRateLimitExceeded", "backendError", "internalError"];
        matches!(status, 408 | 429 | 500 | 502 | 503 | 504) || reasons.contains(&self.reason.as_str())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_in_each_spelling() {
        let micros = |cell: Value| time(&cell).map(|it| it.map(Moment::micros));
        assert_eq!(micros(json!("1746606314000001")), Ok(Some(1_746_606_314_000_001)));
        assert_eq!(micros(json!("1.746606314E9")), Ok(Some(1_746_606_314_000_000)));
        assert_eq!(micros(json!("1746606314.000001")), Ok(Some(1_746_606_314_000_001)));
        assert_eq!(micros(json!("-0.5")), Ok(Some(-500_000)));
        assert_eq!(micros(json!(1_746_606_314.5)), Ok(Some(1_746_606_314_500_000)));
        assert_eq!(micros(json!("2025-05-07T08:25:14Z")), Ok(Some(1_746_606_314_000_000)));
        assert_eq!(micros(json!(null)), Ok(None));
        for cell in [json!("NaN"), json!(""), json!("1e300"), json!("9223372036854775807"), json!({})] {
            assert!(micros(cell.clone()).is_err(), "{cell}");
        }
    }

    #[test]
    fn rows_are_read_by_the_schema() {
        let fields = |names: &[&str]| Schema {
            fields: names.iter().map(|it| Field { name: (*it).to_owned() }).collect(),
        };
        let columns = Columns::find(&fields(&["timestamp", "event_data", "event_id"]));
        let row = |cells: Value| serde_json::from_value::<Row>(json!({ "f": cells })).unwrap();
        let columns = columns.ok().unwrap();
        let event = columns.event(&row(json!([{"v": "0"}, {"v": null}, {"v": "a"}]))).unwrap();
        assert_eq!(event, Event { id: Some("a".into()), data: Json::Null, time: Moment::from_micros(0) });
        assert!(columns.event(&row(json!([{"v": "0"}]))).is_err());
        assert!(Columns::find(&fields(&["event_id"])).is_err());
    }

    #[test]
    fn errors_are_told_apart() {
        let body = r#"{"error":{"code":403,"message":"Exceeded","errors":[{"reason":"rateLimitExceeded"}],"status":"X"}}"#;
        let it = Problem::read(body);
        assert_eq!(it, Problem { reason: "rateLimitExceeded".into(), message: "Exceeded".into() });
        assert!(it.is_passing(403));
        assert!(!Problem::read(r#"{"error":{"errors":[{"reason":"accessDenied"}]}}"#).is_passing(403));
        assert_eq!(Problem::read("<html>").message, "<html>");
    }
}
