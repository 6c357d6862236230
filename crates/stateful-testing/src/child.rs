//! Running sequences in a process of their own, so that an abort, an overflow of the stack and a hang are failures like others.
//!
//! The process is this program, started again for the same test. When it comes to the check it was started for, it reads sequences from
//! its input instead of making them, runs each and tells what happened. Everything else is done here.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command as Program, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;
use std::{env, process, thread};

use crate::cause::Cause;
use crate::command::Command;
use crate::env::Env;
use crate::execute::{Observer, Outcome, Unusable, execute};
use crate::message::Message;
use crate::model::Model;
use crate::panics;
use crate::replay;
use crate::script::{Entry, realize};
use crate::watchdog::Watch;

/// Set for the other process: the check it is started for.
const VARIABLE: &str = "STATEFUL_CHILD";

/// How long the other process may be silent before it comes to the check.
const START: Duration = Duration::from_mins(1);

/// How a check is told apart from others of the same test, and how long its sequences may be silent.
#[derive(Debug, Clone)]
pub(crate) struct Isolation {
    /// Where the check asks for it: `file:line:column`.
    pub(crate) place: String,
    /// The longest time without a word from the other process.
    pub(crate) limit: Duration,
}

/// What this process is for a check.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// It makes the sequences.
    Parent,
    /// It runs the sequences of this check.
    Child,
    /// It is on its way to another check.
    Elsewhere,
}

impl Isolation {
    pub(crate) fn part(&self) -> Part {
        match env::var(VARIABLE) {
            Err(_) => Part::Parent,
            Ok(place) if place == self.place => Part::Child,
            Ok(_) => Part::Elsewhere,
        }
    }
}

/// The other process, as seen from here.
pub(crate) struct Child {
    isolation: Isolation,
    arguments: Vec<String>,
    process: Option<Process>,
}

struct Process {
    process: process::Child,
    lines: Receiver<String>,
}

impl Process {
    /// Waits until the test has come to the check; what it does before has nothing to do with the sequences.
    fn wait_until_ready<C: Command>(&self, limit: Duration) -> io::Result<()> {
        loop {
            match self.lines.recv_timeout(limit).map(|line| Message::read::<C>(&line)) {
                Ok(Some(Message::Ready)) => return Ok(()),
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => return Err(io::Error::other("it does not come to the check")),
                Err(RecvTimeoutError::Disconnected) => return Err(io::Error::other("it ended before the check")),
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Child {
    pub(crate) fn new(isolation: &Isolation, test: Option<&str>) -> Self {
        // A test is started by its name. Where the name is not known, as in `main`, the program is started as it was.
        let arguments = match test {
            Some(test) => ["--exact", test, "--nocapture", "--include-ignored"].map(str::to_owned).to_vec(),
            None => env::args().skip(1).collect(),
        };
        Self { isolation: isolation.clone(), arguments, process: None }
    }

    /// Runs the commands there; what the model says is worked out here.
    pub(crate) fn run<M: Model>(
        &mut self,
        model: &M,
        entries: &[Entry<M::Command>],
        observer: &mut impl Observer<M>,
    ) -> Outcome {
        let limit = self.isolation.limit;
        let process = match self.start::<M::Command>() {
            Ok(process) => process,
            Err(error) => return setup(format!("the process to run it in does not start: {error}")),
        };
        let input = process.process.stdin.as_mut().expect("it is started with a pipe");
        // If this fails the process has ended, and the next line tells how.
        drop(writeln!(input, "{}", replay::write(entries)).and_then(|()| input.flush()));
        let mut state = model.init();
        observer.started(&state);
        let mut at = 0;
        loop {
            match process.lines.recv_timeout(limit).map(|line| Message::read::<M::Command>(&line)) {
                Ok(None | Some(Message::Ready)) => {}
                Ok(Some(Message::At)) if at < entries.len() => {
                    let command = &entries[at].command;
                    let expected = model.next(&mut state, command);
                    observer.stepping(command, &expected, &state);
                    at += 1;
                }
                Ok(Some(Message::Gave(output))) => observer.stepped_as(output),
                Ok(Some(Message::Done(outcome))) => return outcome,
                Ok(Some(Message::At)) => return setup("the process runs more commands than it was given".to_owned()),
                Err(error) => {
                    let cause = match error {
                        RecvTimeoutError::Timeout => Cause::Hung { limit },
                        RecvTimeoutError::Disconnected => Cause::Died { status: status(process) },
                    };
                    self.process = None;
                    return if at == 0 { setup(cause.to_string()) } else { Outcome::Failed { commands: at, cause } };
                }
            }
        }
    }

    fn start<C: Command>(&mut self) -> io::Result<&mut Process> {
        if self.process.is_none() {
            let mut process = Program::new(env::current_exe()?)
                .args(&self.arguments)
                .env(VARIABLE, &self.isolation.place)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                // It is on purpose that this process dies, again and again: what it says then is of no use.
                .stderr(Stdio::null())
                .spawn()?;
            let output = process.stdout.take().expect("it is started with a pipe");
            let (sender, lines) = mpsc::channel();
            // Ends with the process, whose end closes the pipe.
            thread::spawn(move || {
                BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| sender.send(line))
            });
            let process = Process { process, lines };
            process.wait_until_ready::<C>(self.isolation.limit.max(START))?;
            self.process = Some(process);
        }
        Ok(self.process.as_mut().expect("it has just been started"))
    }
}

fn setup(message: String) -> Outcome {
    Outcome::Unusable(Unusable::Setup { message })
}

fn status(process: &mut Process) -> String {
    process.process.wait().map_or_else(|error| error.to_string(), |status| status.to_string())
}

/// Runs the sequences that come in until there are no more, and ends the process.
pub(crate) fn serve<M: Model>(model: &M, deadline: Option<Duration>) -> ! {
    let mut environment = Env::default();
    // The parent sees to it that no command takes for ever.
    let watch = Watch::alone(deadline);
    tell(&Message::Ready);
    for line in io::stdin().lines().map_while(Result::ok) {
        let script = replay::read::<M::Command>(&line).ok().and_then(|drafts| {
            let asked = drafts.len();
            panics::catch(|| realize(model, drafts)).ok().filter(|script| script.len() == asked)
        });
        let outcome = match script {
            Some(script) => execute(model, &watch, script.commands(), &mut environment, &mut Teller),
            None => setup(format!("the process makes other commands than it was asked for: {line}")),
        };
        tell(&Message::Done(outcome));
    }
    process::exit(0)
}

/// Tells the parent about each step.
struct Teller;

impl<M: Model> Observer<M> for Teller {
    fn started(&mut self, _state: &M::State) {}
    fn stepping(&mut self, _command: &M::Command, _expected: &M::Output, _after: &M::State) {
        tell(&Message::At);
    }
    fn stepped(&mut self, output: &M::Output) {
        tell(&Message::Gave(format!("{output:?}")));
    }
    fn stepped_as(&mut self, output: String) {
        tell(&Message::Gave(output));
    }
}

fn tell(message: &Message) {
    let mut output = io::stdout().lock();
    // Behind a line end of its own: the system may have printed half a line. If nobody listens any more, nobody is missing it.
    drop(writeln!(output, "\n{}", message.write()).and_then(|()| output.flush()));
}
