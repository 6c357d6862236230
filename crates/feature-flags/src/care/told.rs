//! The report of stale flags, for people and for programs.

use std::fmt;
use std::time::SystemTime;

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};
use serde_json::{Value, json};

use super::code::CodeMention;
use super::stale::{LastChange, LastRead, StaleFlag, StaleReason, StaleReport};
use crate::context::Timestamp;

/// The flags that should go, with all that is known of them; then what is asked for and not there, and what is not known.
impl fmt::Display for StaleReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stale = self.stale().count();
        write!(f, "{stale} of {} flags should go", self.flags.len())?;
        self.stale().try_for_each(|flag| write!(f, "\n{flag}"))?;
        for (name, places) in &self.undeclared {
            write!(f, "\nno flag is called {name}, which is asked for at {}", listed(places))?;
        }
        match self.usage {
            Some((from, to)) => write!(f, "\nusage: from {} to {}", Timestamp::from(from), Timestamp::from(to))?,
            None => f.write_str("\nusage: none was handed over, so nothing is known of reads and answers")?,
        }
        if !self.perhaps_new.is_empty() {
            let names = self.perhaps_new.join(", ");
            write!(f, "\nnot read, but not known to have been there for {} days either: {names}", self.days)?;
        }
        match self.files {
            Some(files) => write!(f, "\ncode: {files} files")?,
            None => f.write_str("\ncode: none was looked at, so nothing is known of where flags are named")?,
        }
        self.unread_files.iter().try_for_each(|unread| write!(f, "\nnot read: {unread}"))
    }
}

/// The flag with the reasons, then owner, expiry, last change, last read and places, one line each.
impl fmt::Display for StaleFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reasons: Vec<String> = self.reasons.iter().map(ToString::to_string).collect();
        write!(f, "{}: {}", self.name, reasons.join("; "))?;
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "none".to_owned());
        write!(f, "\n  owner {}, expires {}", or_none(&self.owner), or_none(&self.expires))?;
        write!(f, "\n  last change {}\n  last read {}", self.last_change, self.last_read)?;
        match self.code.as_deref() {
            None => Ok(()),
            Some([]) => f.write_str("\n  in the code nowhere"),
            Some(places) => write!(f, "\n  in the code at {}", listed(places)),
        }
    }
}

fn listed(places: &[CodeMention]) -> String {
    places.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn text(at: SystemTime) -> String {
    Timestamp::from(at).to_string()
}

impl Serialize for StaleReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let undeclared: Vec<Value> =
            self.undeclared.iter().map(|(name, code)| json!({ "name": name, "code": code })).collect();
        let usage = self.usage.map(|(from, to)| json!({ "from": text(from), "to": text(to) }));
        let mut report = serializer.serialize_struct("StaleReport", 7)?;
        report.serialize_field("days", &self.days)?;
        report.serialize_field("flags", &self.flags)?;
        report.serialize_field("perhaps_new", &self.perhaps_new)?;
        report.serialize_field("usage", &usage)?;
        report.serialize_field("files", &self.files)?;
        report.serialize_field("unread_files", &self.unread_files)?;
        report.serialize_field("undeclared", &undeclared)?;
        report.end()
    }
}

impl Serialize for StaleFlag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut flag = serializer.serialize_struct("StaleFlag", 9)?;
        flag.serialize_field("name", &self.name)?;
        flag.serialize_field("stale", &!self.reasons.is_empty())?;
        flag.serialize_field("reasons", &self.reasons)?;
        flag.serialize_field("owner", &self.owner)?;
        flag.serialize_field("expires", &self.expires)?;
        flag.serialize_field("last_change", &self.last_change)?;
        flag.serialize_field("last_read", &self.last_read)?;
        flag.serialize_field("same_for_all", &self.constant)?;
        flag.serialize_field("code", &self.code)?;
        flag.end()
    }
}

impl Serialize for StaleReason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, since, variant) = match self {
            Self::Expired { day } => ("expired", Some(day.clone()), None),
            Self::SameForAll { variant, since } => ("same_for_all", Some(text(*since)), Some(variant)),
            Self::SameAnswer { variant, since } => ("same_answer", Some(text(*since)), Some(variant)),
            Self::NotRead { since } => ("not_read", Some(text(*since)), None),
            Self::NotInCode => ("not_in_code", None, None),
        };
        let mut reason = serializer.serialize_map(None)?;
        reason.serialize_entry("reason", kind)?;
        if let Some(since) = since {
            reason.serialize_entry("since", &since)?;
        }
        if let Some(variant) = variant {
            reason.serialize_entry("variant", variant)?;
        }
        reason.end()
    }
}

/// `{"state": "at", "time": ".."}`.
fn state<S: Serializer>(serializer: S, state: &str, time: Option<SystemTime>) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("state", state)?;
    if let Some(time) = time {
        map.serialize_entry("time", &text(time))?;
    }
    map.end()
}

impl Serialize for LastChange {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => state(serializer, "unknown", None),
            Self::At(at) => state(serializer, "at", Some(*at)),
            Self::NotAfter(at) => state(serializer, "not_after", Some(*at)),
        }
    }
}

impl Serialize for LastRead {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unknown => state(serializer, "unknown", None),
            Self::NotSince(from) => state(serializer, "not_since", Some(*from)),
            Self::At(at) => state(serializer, "at", Some(*at)),
        }
    }
}
