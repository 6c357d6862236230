//! A service on a free loopback port with a database of its own, gone when the value is.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use experiment::Lab;
use feature_flags::Flags;
use serde_json::Value;
use tempfile::TempDir;
use todo::http::{Service, listen};
use todo::search::Search;
use todo::store::{Ids, Store};
use tokio::sync::oneshot;
use ureq::Agent;

/// The service, running.
#[derive(Debug)]
pub(crate) struct Running {
    address: SocketAddr,
    agent: Agent,
    /// Removes the database at the end.
    _folder: TempDir,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// A status and a body; `null` where the body is empty.
#[derive(Debug, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Running {
    /// As it should be, everybody on the old query.
    pub(crate) fn start() -> Self {
        Self::start_with(Ids::Fresh, "format = 1\n[flags.write-legacy-name]\nenabled = true\n")
    }

    /// With another way to give out ids, and other flags.
    pub(crate) fn start_with(ids: Ids, flags: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let store = Arc::new(Store::open_with(&folder.path().join("app.db"), ids, None).unwrap());
        let search = Arc::new(Search::new(Flags::from_toml(flags).unwrap(), Lab::new()));
        let service = Service::new(store, search);
        let (stop, stopped) = oneshot::channel();
        let (sender, address) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = listen(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
                sender.send(listener.local_addr().unwrap()).unwrap();
                let stopped = async {
                    let _dropped = stopped.await;
                };
                service.serve(listener, stopped).await.unwrap();
            });
        });
        let config = Agent::config_builder().http_status_as_error(false).timeout_global(Some(Duration::from_secs(20)));
        let agent = config.build().into();
        Self { address: address.recv().unwrap(), agent, _folder: folder, stop: Some(stop), thread: Some(thread) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        answer(self.agent.get(self.url(path)).call().unwrap())
    }

    pub(crate) fn delete(&self, path: &str) -> Answer {
        answer(self.agent.delete(self.url(path)).call().unwrap())
    }

    /// Sends `body` as it stands, said to be JSON.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = match method {
            "POST" => self.agent.post(self.url(path)),
            "PUT" => self.agent.put(self.url(path)),
            other => panic!("no test sends a body with {other}"),
        };
        answer(request.header("content-type", "application/json").send(body).unwrap())
    }

    /// Sends `request` to the letter and returns what comes back until the end.
    pub(crate) fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        // A service that neither answers nor closes must fail the test, not stop it.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// A new user's id.
    pub(crate) fn user(&self, name: &str) -> i64 {
        let body = serde_json::json!({ "name": name, "email": "somebody@example.org" }).to_string();
        self.send("POST", "/users", &body).body["id"].as_i64().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        // Connections that are kept alive would keep the service from stopping.
        self.agent = Agent::new_with_defaults();
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn answer(mut response: ureq::http::Response<ureq::Body>) -> Answer {
    let text = response.body_mut().read_to_string().unwrap();
    let body = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
    };
    Answer { status: response.status().as_u16(), body }
}
