//! Statements that the server refuses in a transaction, and what is left of one that was cut off.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use migration_planner::run::Progress;
use postgres::Client;
use postgres::types::Type;

use crate::options::Limits;
use crate::run_error::{RunError, of_step, refused};
use crate::session::{Address, NAME};
use crate::store::{Given, query};
use crate::turn::{Tell, Turn};

/// How often whoever holds up such a statement is told.
const TELLING: Duration = Duration::from_millis(500);

/// How much of a running statement the server is sure to show.
const SHOWN: usize = 1000;

impl Turn<'_> {
    /// Runs a statement by itself, in a session of its own, and tells meanwhile whom it waits for.
    ///
    /// Only after a look whether the lease is still held: such a statement cannot be fenced by the transaction it is in.
    pub(crate) fn run_outside(
        &mut self,
        step: &str,
        sql: &str,
        limits: &Limits,
        tell: Tell<'_>,
    ) -> Result<(), RunError> {
        self.end_what_was_left_running(step, sql)?;
        let address = match &self.database.options().direct {
            Some(url) => Address::parse(url)?,
            None => self.database.address().clone(),
        };
        let mut client = address.connect()?;
        client.batch_execute(&limits.set_session()).map_err(refused("setting time-outs"))?;
        if let Some(index) = index_to_build(sql)
            && leftover(&mut client, step, &index)? == Leftover::Whole
        {
            return Ok(());
        }
        let own_limits = self.database.options().own_limits();
        let lease = self.lease.clone();
        let pid = client.query_typed("SELECT pg_backend_pid()", &[]).map_err(refused("a session"))?;
        let pid = pid.first().map_or(0, |row| row.get(0));
        self.database.write(&own_limits, |transaction| {
            lease.enter(transaction)?;
            lease.leave(transaction)
        })?;
        self.companion.watch(pid, limits.lock.min(TELLING) / 3);
        let done = self.while_telling(step, client, sql, tell);
        self.companion.rest();
        done.map_err(of_step(step))
    }

    fn while_telling(&self, step: &str, mut client: Client, sql: &str, tell: Tell<'_>) -> Result<(), postgres::Error> {
        let (said, done) = channel();
        std::thread::scope(|scope| {
            let worker = scope.spawn(move || {
                let result = client.batch_execute(sql);
                let _nobody_listens_any_more = said.send(());
                result
            });
            let mut told = Vec::new();
            while done.recv_timeout(TELLING) == Err(RecvTimeoutError::Timeout) {
                let blockers = self.companion.seen();
                if !blockers.is_empty() && blockers != told {
                    tell(&Progress::waiting(step, 1, Duration::ZERO, blockers.clone()));
                    told = blockers;
                }
            }
            worker.join().expect("the driver does not panic")
        })
    }

    /// Waits for the same statement where a runner that is gone has left it running: the server goes on without it, and hours of
    /// work need not be thrown away. Nobody waits in the server, so that the two cannot dead-lock.
    pub(crate) fn wait_for_what_was_left_running(
        &mut self,
        step: &str,
        sql: &str,
        tell: Tell<'_>,
    ) -> Result<(), RunError> {
        let clock = self.clock();
        let mut told = None;
        loop {
            let running = self.left_running(sql, "pid, true", Whose::Anybodys)?;
            let Some(pid) = running.first().copied() else { return Ok(()) };
            let blockers = self.database.read(|transaction| {
                let mut found = crate::blockers::session(transaction, pid)?;
                found.extend(crate::blockers::of(transaction, pid)?);
                Ok(found)
            })?;
            let whom: Vec<i32> = blockers.iter().map(|blocker| blocker.pid).collect();
            if told.as_ref() != Some(&whom) {
                tell(&Progress::waiting(step, 1, TELLING, blockers));
                told = Some(whom);
            }
            clock.sleep(TELLING / 5);
        }
    }

    /// Ends the same statement where a runner that is gone has left it running, and never a session of anybody else, who may be
    /// building the same by hand: for that one the statement waits, and gives up, as for any lock. The runner that is gone
    /// cannot write any more, but its session
    /// would go on; and whoever waits for what it has locked, with a transaction open, would dead-lock with it.
    pub(crate) fn end_what_was_left_running(&mut self, step: &str, sql: &str) -> Result<(), RunError> {
        let clock = self.clock();
        let limits = self.database.options().own_limits();
        for attempt in 1.. {
            if self.left_running(sql, "pid, pg_terminate_backend(pid)", Whose::Runners)?.is_empty() {
                return Ok(());
            }
            if attempt >= limits.attempts {
                return Err(RunError::blocked(step, attempt, Vec::new()));
            }
            clock.sleep(limits.rest(attempt).min(TELLING));
        }
        unreachable!("attempts are counted without end")
    }
}

impl Turn<'_> {
    /// The sessions of others that run this statement now; `what` begins with their number.
    fn left_running(&mut self, sql: &str, what: &str, whose: Whose) -> Result<Vec<i32>, RunError> {
        let shown = i32::try_from(SHOWN).expect("a small number");
        let ask = format!(
            "SELECT {what} FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
             AND state = 'active' AND left(query, $2) = left($1, $2) {}",
            match whose {
                Whose::Anybodys => String::new(),
                Whose::Runners => format!("AND starts_with(application_name, '{NAME}')"),
            }
        );
        self.database.read(|transaction| {
            let given: [Given<'_>; 2] = [(&sql, Type::TEXT), (&shown, Type::INT4)];
            Ok(query(transaction, "looking for what was left running", &ask, &given)?
                .iter()
                .map(|row| row.get(0))
                .collect())
        })
    }
}

/// Which sessions are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Anybodys,
    /// By the name that runners, and nobody else, give themselves.
    Runners,
}

/// What is there under the name of an index that is to be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leftover {
    /// Nothing: either there was nothing, or it was of no use and is gone.
    Nothing,
    /// The index: all of it was built before anybody could say so.
    Whole,
}

/// Clears away what is left of an index that was being built, as the server leaves it: there, kept up to date by every write, and
/// of no use to any query.
fn leftover(client: &mut Client, step: &str, index: &IndexToBuild) -> Result<Leftover, RunError> {
    let sql = "SELECT format('%I.%I', n.nspname, x.relname), i.indisvalid FROM pg_class AS t \
         JOIN pg_namespace AS n ON n.oid = t.relnamespace JOIN pg_class AS x ON x.relnamespace = n.oid AND x.relname = $2 \
         JOIN pg_index AS i ON i.indexrelid = x.oid AND i.indrelid = t.oid WHERE t.oid = to_regclass($1)";
    let given: [Given<'_>; 2] = [(&index.table, Type::TEXT), (&index.name, Type::TEXT)];
    let found = query(client, "looking for an index", sql, &given)?;
    match found.first().map(|row| (row.get::<_, String>(0), row.get(1))) {
        None => Ok(Leftover::Nothing),
        Some((_, true)) => Ok(Leftover::Whole),
        Some((name, false)) => {
            let drop = format!("DROP INDEX CONCURRENTLY IF EXISTS {name}");
            client.batch_execute(&drop).map_err(of_step(step))?;
            Ok(Leftover::Nothing)
        }
    }
}

/// The index that a statement builds while others write: its name, and its table as it stands there.
#[derive(Debug, PartialEq, Eq)]
struct IndexToBuild {
    name: String,
    table: String,
}

/// What `CREATE [UNIQUE] INDEX CONCURRENTLY name ON [ONLY] table ..` builds; `None` for any other statement.
fn index_to_build(sql: &str) -> Option<IndexToBuild> {
    let rest = after_word(sql.trim_start(), "create")?;
    let rest = after_word(rest, "unique").unwrap_or(rest);
    let rest = after_word(after_word(rest, "index")?, "concurrently")?;
    let (name, rest) = identifier(rest)?;
    let rest = after_word(rest.trim_start(), "on")?;
    let rest = after_word(rest, "only").unwrap_or(rest);
    let (_, mut after) = identifier(rest)?;
    while let Some(more) = after.strip_prefix('.') {
        after = identifier(more)?.1;
    }
    Some(IndexToBuild { name, table: rest[..rest.len() - after.len()].to_owned() })
}

/// What comes after a word at the start of `sql`, and after the space behind it.
fn after_word<'a>(sql: &'a str, word: &str) -> Option<&'a str> {
    let found = sql.get(..word.len()).filter(|found| found.eq_ignore_ascii_case(word))?;
    let rest = &sql[found.len()..];
    rest.starts_with(char::is_whitespace).then(|| rest.trim_start())
}

/// A name at the start of `sql`, as the server folds it, and what comes after.
fn identifier(sql: &str) -> Option<(String, &str)> {
    if let Some(inner) = sql.strip_prefix('"') {
        let mut name = String::new();
        let mut chars = inner.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if c == '"' && chars.next_if(|(_, next)| *next == '"').is_none() {
                return Some((name, &inner[at + 1..]));
            }
            name.push(c);
        }
        return None;
    }
    let end = sql.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(sql.len());
    (end > 0).then(|| (sql[..end].to_lowercase(), &sql[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_that_a_statement_builds_is_read() {
        let found = |sql: &str| index_to_build(sql).map(|index| (index.name, index.table));
        let pair = |name: &str, table: &str| Some((name.to_owned(), table.to_owned()));
        assert_eq!(found("CREATE INDEX CONCURRENTLY a ON users (id)"), pair("a", "users"));
        assert_eq!(
            found("create unique index concurrently \"A \"\" ON b\" on only app.\"Users\"(id)"),
            pair("A \" ON b", "app.\"Users\"")
        );
        assert_eq!(found("CREATE INDEX a ON users (id)"), None);
        assert_eq!(found("DROP INDEX CONCURRENTLY a"), None);
        assert_eq!(found("CREATE INDEX CONCURRENTLY"), None);
    }
}
