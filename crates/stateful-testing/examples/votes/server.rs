//! A service that counts votes, over HTTP and with nothing but the standard library.
//!
//! Each user's session remembers the count it saw last and adds one to that: the vote of another user in between is lost.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// The service, on a free port of this machine; ends when it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts it on a thread of its own, without a vote.
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        Ok(Self { address, thread: Some(thread::spawn(move || serve(&listener))) })
    }

    /// Votes for a restaurant; gives the number of votes it has now.
    pub(crate) fn vote(&self, restaurant: u8, user: &str) -> io::Result<String> {
        self.post(&format!("/votes/{restaurant}/{user}"))
    }

    fn post(&self, path: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(stream, "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")?;
        let mut response = String::new();
        stream.read_to_string(&mut response)?;
        match response.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200") => Ok(body.to_owned()),
            _ => Err(io::Error::other(response)),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If it cannot be asked to stop it has stopped.
        drop(self.post("/stop"));
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// Prints what the example has found, which is the same every time.
#[allow(clippy::print_stdout, reason = "an example shows its result")]
pub(crate) fn say(found: &dyn Display) {
    let report = found.to_string();
    assert!(report.contains(r#"[vote 1 "chris", vote 1 "jane"]"#), "{report}");
    println!("{report}");
}

fn serve(listener: &TcpListener) {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut sessions: BTreeMap<(String, String), u32> = BTreeMap::new();
    for mut stream in listener.incoming().map_while(Result::ok) {
        let Some(path) = requested(&stream) else { continue };
        let parts: Vec<&str> = path.split('/').collect();
        let (status, body) = match parts.as_slice() {
            ["", "stop"] => return,
            ["", "votes", restaurant, user] => {
                let stored = counts.entry((*restaurant).to_owned()).or_default();
                let seen = sessions.entry(((*user).to_owned(), (*restaurant).to_owned())).or_insert(0);
                *seen += 1;
                *stored = *seen;
                ("200 OK", stored.to_string())
            }
            _ => ("404 Not Found", String::new()),
        };
        // Whoever has gone away does not want the answer.
        let _gone =
            write!(stream, "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    }
}

/// The path of the request, once all of its head has been read.
fn requested(stream: &TcpStream) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    lines.map_while(Result::ok).find(String::is_empty)?;
    Some(path)
}
