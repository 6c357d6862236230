//! Whom the flags of these tests are evaluated for.

use std::net::IpAddr;
use std::time::SystemTime;

use feature_flags::{Attribute, Context, Flags};

#[derive(Context)]
pub(crate) struct User {
    #[context(key)]
    pub(crate) id: u64,
    pub(crate) country: Option<String>,
    pub(crate) plan: Plan,
    pub(crate) age: i32,
    pub(crate) score: f64,
    pub(crate) staff: bool,
    pub(crate) app_version: String,
    pub(crate) roles: Vec<String>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) joined: SystemTime,
    #[context(nested)]
    pub(crate) organisation: Organisation,
}

#[derive(Attribute)]
pub(crate) enum Plan {
    Pro,
    ProPlus,
}

#[derive(Context, Default)]
pub(crate) struct Organisation {
    #[context(key)]
    pub(crate) id: String,
    pub(crate) seats: u32,
}

pub(crate) fn user(id: u64) -> User {
    User {
        id,
        country: Some("US".to_owned()),
        plan: if id == u64::MAX { Plan::Pro } else { Plan::ProPlus },
        age: 30,
        score: 0.5,
        staff: false,
        app_version: "2.1.3".to_owned(),
        roles: vec!["editor".to_owned(), "Admin".to_owned()],
        address: Some("10.1.2.3".parse().unwrap()),
        joined: SystemTime::UNIX_EPOCH,
        organisation: Organisation { id: "acme".to_owned(), seats: 12 },
    }
}

/// Flags with one flag, `f`, that is on when `condition` is true.
pub(crate) fn when(condition: &str) -> Flags {
    let flags = Flags::from_toml(&format!("format = 1\n[flags.f]\nwhen = '''{condition}'''")).unwrap();
    assert_eq!(flags.status().problems(), [], "{condition}");
    flags
}
