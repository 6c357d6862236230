//! One client: searches, reads and writes, and notes what it was promised.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Response;

use super::{CLIENTS, Seen, Variant};
use crate::http::{ANSWERED_BY, CALLER};
use crate::tour::ledger::{Ledger, Promise};
use crate::tour::seed::USERS;

/// How many users one client acts for. Each user belongs to one client, so that nobody asks twice at once: else two
/// answers that cross on the way would look like somebody who flipped.
const USERS_EACH: usize = 500;
/// How long a client looks at an answer before it asks again.
const PAUSE: Duration = Duration::from_millis(2);
/// The most todos of its own that a client keeps.
const MOST_TODOS: usize = 100;

/// One client.
#[derive(Debug)]
pub(super) struct Client {
    agent: Agent,
    base: String,
    users: Vec<i64>,
    /// Todos it added and has not deleted.
    todos: Vec<i64>,
    written: u64,
    ledger: Ledger,
    random: StdRng,
    seen: Arc<Seen>,
}

/// A request that did not succeed, in words.
struct Failure(String);

type Answer = Result<Value, Failure>;

impl Client {
    pub(super) fn new(address: SocketAddr, number: usize, ledger: Ledger, seen: Arc<Seen>) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(10)))
            .build()
            .into();
        let mut random = StdRng::seed_from_u64(number.try_into().expect("a small number"));
        let users = (0..USERS_EACH).map(|n| own_user(&mut random, number, n % 10 == 0)).collect();
        let base = format!("http://{address}");
        Self { agent, base, users, todos: Vec::new(), written: 0, ledger, random, seen }
    }

    /// Sends one request, after a pause, and counts how it went.
    pub(super) fn ask(&mut self) {
        std::thread::sleep(PAUSE);
        let sent = Instant::now();
        let outcome = match self.random.random_range(0..100) {
            0..50 => self.search(),
            50..68 => self.list(),
            68..82 => self.add(),
            82..90 => self.edit(),
            90..97 => self.delete(),
            97..99 => self.rename(),
            _ => self.join(),
        };
        match outcome {
            Ok(()) => self.seen.answered(sent.elapsed()),
            // A client that cannot even note this must not go on as if nothing had happened.
            Err(Failure(how)) => self.ledger.failed(how).expect("a failed request has to be noted"),
        }
    }

    /// Users whose name starts with no, one or two letters.
    fn search(&mut self) -> Result<(), Failure> {
        const STARTS: [&str; 10] = ["", "a", "An", "b", "ED", "gr", "k", "Le", "t", "yu"];
        let (caller, start) = (self.some_user(), STARTS[self.random.random_range(0..STARTS.len())]);
        let stage = self.seen.variants.lock().stage();
        let url = format!("{}/users?starts_with={start}", self.base);
        let sent = Instant::now();
        let response = self
            .agent
            .get(&url)
            .header(CALLER, caller.to_string())
            .call()
            .map_err(|error| broken("GET", &url, &error))?;
        let variant = response.headers().get(ANSWERED_BY).map(|value| value.as_bytes().to_owned());
        body_of("GET", &url, response)?;
        self.seen.searches.lock().record(sent.elapsed());
        let variant = match variant.as_deref() {
            Some(b"old") => Variant::Old,
            Some(b"new") => Variant::New,
            _ => return Err(Failure(format!("GET {url}: no answer says which query it came from"))),
        };
        self.seen.variants.lock().note(caller, variant, stage);
        Ok(())
    }

    fn list(&mut self) -> Result<(), Failure> {
        let owner = self.some_user();
        let url = format!("{}/todos?owner={owner}", self.base);
        let response = self.agent.get(&url).call().map_err(|error| broken("GET", &url, &error))?;
        body_of("GET", &url, response).map(drop)
    }

    fn add(&mut self) -> Result<(), Failure> {
        if self.todos.len() >= MOST_TODOS {
            return self.delete();
        }
        let title = self.title();
        let body = json!({ "owner": self.some_user(), "title": title });
        self.note(|ledger| ledger.asked(Promise::Add { title }))?;
        let answer = self.send("POST", "/todos", &body)?;
        let id = answer["id"].as_i64().ok_or_else(|| Failure("POST /todos: the answer has no id".to_owned()))?;
        self.note(|ledger| ledger.kept(id))?;
        self.todos.push(id);
        Ok(())
    }

    fn edit(&mut self) -> Result<(), Failure> {
        let Some(index) = self.some_todo() else { return self.add() };
        let (id, title) = (self.todos[index], self.title());
        let body = json!({ "title": title });
        self.note(|ledger| ledger.asked(Promise::Edit { id, title }))?;
        self.send("PUT", &format!("/todos/{id}"), &body)?;
        self.note(|ledger| ledger.kept(id))
    }

    fn delete(&mut self) -> Result<(), Failure> {
        let Some(index) = self.some_todo() else { return self.add() };
        let id = self.todos.swap_remove(index);
        self.note(|ledger| ledger.asked(Promise::Delete { id }))?;
        let url = format!("{}/todos/{id}", self.base);
        let response = self.agent.delete(&url).call().map_err(|error| broken("DELETE", &url, &error))?;
        body_of("DELETE", &url, response)?;
        self.note(|ledger| ledger.kept(id))
    }

    /// A user gets another name.
    fn rename(&mut self) -> Result<(), Failure> {
        let (id, name) = (self.some_user(), format!("Zoe {}", self.title()));
        let body = json!({ "name": name, "email": "zoe@example.org" });
        self.note(|ledger| ledger.asked(Promise::Rename { id, name }))?;
        self.send("PUT", &format!("/users/{id}"), &body)?;
        self.note(|ledger| ledger.kept(id))
    }

    /// Somebody new signs up.
    fn join(&mut self) -> Result<(), Failure> {
        let name = format!("Zoe {}", self.title());
        let body = json!({ "name": name, "email": "zoe@example.org" });
        self.note(|ledger| ledger.asked(Promise::Join { name }))?;
        let answer = self.send("POST", "/users", &body)?;
        let id = answer["id"].as_i64().ok_or_else(|| Failure("POST /users: the answer has no id".to_owned()))?;
        self.note(|ledger| ledger.kept(id))
    }

    fn send(&self, method: &'static str, path: &str, body: &Value) -> Answer {
        let url = format!("{}{path}", self.base);
        let request = if method == "POST" { self.agent.post(&url) } else { self.agent.put(&url) };
        let response = request.send_json(body).map_err(|error| broken(method, &url, &error))?;
        body_of(method, &url, response)
    }

    /// A promise that cannot be noted is a failure: the audit would not know of it.
    fn note(&mut self, note: impl FnOnce(&mut Ledger) -> std::io::Result<()>) -> Result<(), Failure> {
        note(&mut self.ledger).map_err(|error| Failure(format!("the client cannot note a promise: {error}")))
    }

    /// A title nobody used before in this process.
    fn title(&mut self) -> String {
        self.written += 1;
        format!("todo {} of {}", self.written, self.random.random::<u32>())
    }

    fn some_user(&mut self) -> i64 {
        self.users[self.random.random_range(0..self.users.len())]
    }

    fn some_todo(&mut self) -> Option<usize> {
        (!self.todos.is_empty()).then(|| self.random.random_range(0..self.todos.len()))
    }
}

/// A user of the client `number`. The seed's users come in blocks of 200, each with one of the staff at its end; the
/// blocks are dealt out to the clients in turn.
fn own_user(random: &mut StdRng, number: usize, staff: bool) -> i64 {
    const BLOCK: i64 = 200;
    let (clients, number) = (as_i64(CLIENTS), as_i64(number));
    let block = random.random_range(0..USERS / BLOCK / clients) * clients + number;
    block * BLOCK + if staff { BLOCK } else { random.random_range(1..BLOCK) }
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).expect("there are four clients")
}

fn broken(method: &str, url: &str, error: &ureq::Error) -> Failure {
    Failure(format!("{method} {url}: {error}"))
}

/// The JSON of a response of success; nothing where it has no body.
fn body_of(method: &str, url: &str, mut response: Response<ureq::Body>) -> Answer {
    let status = response.status();
    let text = response.body_mut().read_to_string().map_err(|error| broken(method, url, &error))?;
    if !status.is_success() {
        return Err(Failure(format!("{method} {url}: {status}: {text}")));
    }
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).map_err(|error| Failure(format!("{method} {url}: {error}")))
}
