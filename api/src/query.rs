//! Turns what is asked for into SQL with named parameters.

use std::fmt::Write as _;

use crate::events::Event;
use crate::moment::Moment;

/// The most events that one answer has, and how many it has unless fewer are asked for.
pub const MOST: u8 = 100;

/// The longest text, in characters, that is compared with a field of an event.
pub const LONGEST: usize = 256;

/// Which events, newest first. Equal queries have equal answers, so this is also the cache's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Query {
    /// 1 to [`MOST`].
    pub limit: u8,
    pub before: Option<Before>,
    /// Only events later than this.
    pub after: Option<Moment>,
    pub event_type: Option<String>,
    pub user_id: Option<String>,
    pub country: Option<String>,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Before {
    /// Events earlier than this.
    Time(Moment),
    /// Events that come after this one in the order of answers: earlier, or as early with a smaller id.
    Event(Moment, String),
}

impl Before {
    /// What comes after the event of this time and id.
    fn after(time: Moment, id: &str) -> Before {
        match id.char_indices().nth(LONGEST) {
            // No id is smaller than an empty one.
            None if id.is_empty() => Before::Time(time),
            None => Before::Event(time, id.to_owned()),
            // A link must stay a link. Of events of one time whose ids begin with the same 256 characters, some
            // may be skipped so; none is shown twice.
            Some((end, _)) => Before::Event(time, id[..end].to_owned()),
        }
    }
}

impl Default for Query {
    fn default() -> Query {
        Query { limit: MOST, before: None, after: None, event_type: None, user_id: None, country: None }
    }
}

/// A table's full name. Its parts were checked where they were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub project: String,
    pub dataset: String,
    pub table: String,
}

/// SQL and the values of its `@names`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    pub sql: String,
    pub parameters: Vec<Parameter>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    pub name: &'static str,
    /// A type of GoogleSQL.
    pub kind: &'static str,
    pub value: String,
}

impl Query {
    /// One event more than asked for is read: whether it is there says whether there is a next page.
    pub fn statement(&self, table: &Table) -> Statement {
        let mut parameters = Vec::new();
        let mut bind =
            |name, kind, value: &str| parameters.push(Parameter { name, kind, value: value.to_owned() });

        // `after` may go below the removal of duplicates, since the newest copy stays: if that one is too old,
        // all are. The other conditions may not, for they could drop the newest copy and let an older one show.
        let recent = match self.after {
            Some(after) => {
                bind("after", "TIMESTAMP", &after.parameter());
                "timestamp > @after"
            }
            None => "TRUE",
        };
        let mut conditions = Vec::new();
        match &self.before {
            Some(Before::Time(time)) => {
                bind("before", "TIMESTAMP", &time.parameter());
                conditions.push("timestamp < @before");
            }
            Some(Before::Event(time, id)) => {
                bind("before", "TIMESTAMP", &time.parameter());
                bind("before_id", "STRING", id);
                conditions.push("(timestamp < @before OR (timestamp = @before AND event_id < @before_id))");
            }
            None => {}
        }
        if let Some(value) = &self.event_type {
            bind("event_type", "STRING", value);
            conditions.push("JSON_VALUE(event_data, '$.event_type') = @event_type");
        }
        if let Some(value) = &self.user_id {
            bind("user_id", "STRING", value);
            conditions.push("JSON_VALUE(event_data, '$.user_id') = @user_id");
        }
        if let Some(value) = &self.country {
            bind("country", "STRING", value);
            conditions.push("JSON_VALUE(event_data, '$.country') = @country");
        }
        bind("limit", "INT64", &(u16::from(self.limit) + 1).to_string());

        let Table { project, dataset, table } = table;
        // Pub/Sub delivers at least once. One pass over the columns that are read anyway removes what came
        // twice; bytes billed are the same with and without. QUALIFY wants a WHERE beside it.
        let mut sql = format!(
            "SELECT event_id, TO_JSON_STRING(event_data) AS event_data, timestamp\n\
             FROM (\n  \
               SELECT event_id, event_data, timestamp\n  \
               FROM `{project}.{dataset}.{table}`\n  \
               WHERE {recent}\n  \
               QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY timestamp DESC) = 1\n\
             )\n"
        );
        if !conditions.is_empty() {
            // Writing into a String cannot fail.
            let _ = writeln!(sql, "WHERE {}", conditions.join("\n  AND "));
        }
        sql.push_str("ORDER BY timestamp DESC, event_id DESC\nLIMIT @limit");
        Statement { sql, parameters }
    }

    /// Cuts what was read to what was asked for, and says where the next page starts if there is one.
    pub fn page(&self, mut rows: Vec<Event>) -> Page {
        let limit = usize::from(self.limit);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).and_then(|last| {
            // Without its time or id an event has no place in the order; the table has them REQUIRED.
            Some(Before::after(last.time?, last.id.as_deref()?))
        });
        Page { events: rows, next }
    }
}

/// Some events, and where those that come after them start.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    pub events: Vec<Event>,
    pub next: Option<Before>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Json;

    fn table() -> Table {
        Table { project: "p".into(), dataset: "d".into(), table: "t".into() }
    }

    #[test]
    fn the_newest_hundred() {
        let it = Query::default().statement(&table());
        assert_eq!(
            it.sql,
            "SELECT event_id, TO_JSON_STRING(event_data) AS event_data, timestamp
FROM (
  SELECT event_id, event_data, timestamp
  FROM `p.d.t`
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY event_id ORDER BY timestamp DESC) = 1
)
ORDER BY timestamp DESC, event_id DESC
LIMIT @limit"
        );
        assert_eq!(it.parameters, [Parameter { name: "limit", kind: "INT64", value: "101".into() }]);
    }

    #[test]
    fn values_are_parameters() {
        let hostile = "' OR 1=1 --".to_owned();
        let time = Moment::from_micros(0).unwrap();
        let query = Query {
            limit: 5,
            before: Some(Before::Event(time, hostile.clone())),
            after: Some(time),
            event_type: Some(hostile.clone()),
            user_id: Some(hostile.clone()),
            country: Some(hostile.clone()),
        };
        let it = query.statement(&table());
        assert!(!it.sql.contains("OR 1"), "{}", it.sql);
        for parameter in &it.parameters {
            assert!(it.sql.contains(&format!("@{}", parameter.name)), "{}", parameter.name);
        }
        assert_eq!(it.sql.matches('@').count(), it.parameters.len() + 1, "before is named twice");
        assert_eq!(it.parameters.iter().filter(|it| it.value == hostile).count(), 4);
    }

    #[test]
    fn the_last_event_shown_starts_the_next_page() {
        let event = |micros: i64, id: &str| Event {
            id: Some(id.into()),
            data: Json::Null,
            time: Moment::from_micros(micros),
        };
        let query = Query { limit: 2, ..Query::default() };
        let page = query.page(vec![event(9, "a"), event(5, "c"), event(5, "b")]);
        assert_eq!(page.events.len(), 2);
        assert_eq!(page.next, Some(Before::Event(Moment::from_micros(5).unwrap(), "c".into())));
        assert_eq!(query.page(vec![event(9, "a"), event(5, "c")]).next, None);
        // Whatever an id is, what starts the next page can be asked for.
        let next = |id: &str| query.page(vec![event(9, "a"), event(5, id), event(5, "")]).next;
        let time = Moment::from_micros(5).unwrap();
        assert_eq!(next(""), Some(Before::Time(time)));
        assert_eq!(next(&"é".repeat(257)), Some(Before::Event(time, "é".repeat(256))));
    }
}
