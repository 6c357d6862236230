//! Lines of reports that anybody may have written: whatever numbers and names they hold, every form of the report is made, and
//! none of them moves a cursor or fills a screen.

use std::sync::OnceLock;
use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, Lab, Rate, ReportLog, ReportWriter, html_page};
use proptest::prelude::*;
use serde_json::{Value, json};

const TURNS_AROUND: char = '\u{202e}';

/// A line in which everything is that a report can hold.
fn full_line() -> Value {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).breaker(BreakerPolicy::never()).default_rate(Rate::ALWAYS);
    let users = lab.experiment("users");
    for run in 0..40 {
        let behavior = |value: u32| {
            clock.advance(Duration::from_micros(100 + u64::from(run) * 7));
            clock.advance_cpu(Duration::from_micros(90));
            vec![(run, value)]
        };
        let call = users.control(|| behavior(1)).candidate("new", || behavior(2 + run % 2));
        let call =
            call.control_again(Rate::ALWAYS, || behavior(1)).cohort(move || ["large", "small"][run as usize % 2]);
        call.describe_debug().diff().run();
    }
    users.control(|| 1).candidate("new", || 1).observe(|value| *value).run_concurrently();
    lab.settle(Duration::from_mins(1)).expect("nothing hangs");
    lab.flush().expect("nothing is published");
    let mut lines = Vec::new();
    ReportWriter::new(&mut lines).write(&lab).expect("memory takes it");
    serde_json::from_slice(&lines).expect("it is a line of JSON")
}

/// Made once.
static LINE: OnceLock<Value> = OnceLock::new();

/// Replaces numbers and names by what `choose` draws from so many.
fn spoil(value: &mut Value, key: &str, choose: &mut impl FnMut(usize) -> usize) {
    const MOST: u64 = u64::MAX;
    match value {
        Value::Object(entries) => entries.iter_mut().for_each(|(key, value)| spoil(value, key, choose)),
        Value::Array(values) => {
            for value in values.iter_mut() {
                spoil(value, key, choose);
            }
            // Twice the same, and in the wrong order.
            if choose(4) == 0 {
                values.extend(values.clone());
                values.reverse();
            }
        }
        Value::Number(number) => {
            let (whole, share) = match key {
                // More of them is no duration, and refused.
                "nanos" => ([0, 1, 999_999_999, 500, 7], None),
                "heaviest_run_grew" => ([0, 1, 31, 32, u64::from(u32::MAX)], None),
                _ if number.is_f64() => ([0; 5], Some([0.0, -1.0, 1e308, 1e-308, 0.5])),
                _ => ([0, 1, 7, MOST / 2, MOST], None),
            };
            let place = choose(6);
            if place < 5 {
                *value = share.map_or_else(|| json!(whole[place]), |share| json!(share[place]));
            }
        }
        // The others are words of the format itself.
        Value::String(text)
            if ["name", "experiment", "cohort", "path", "control", "candidate", "difference"].contains(&key) =>
        {
            match choose(6) {
                0 => text.clear(),
                1 => *text = "x".repeat(100_000),
                2 => *text = format!("\u{1b}[2J\u{9b}31m\r\n\u{202e}{text}"),
                3 => *text = format!("`|<b>[{text}](x:)\n"),
                _ => {}
            }
        }
        _ => {}
    }
}

fn read(lines: &[Value]) -> ReportLog {
    let mut log = ReportLog::new();
    for line in lines {
        log.read("file", line.to_string().as_bytes()).expect("memory gives it");
    }
    log
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_numbers_and_names_do_no_harm(choices in prop::collection::vec(any::<u8>(), 50..400)) {
        let mut choices = choices.into_iter().cycle();
        let mut choose = |of: usize| usize::from(choices.next().expect("there are some, again and again")) % of;
        let lines = ["a", "b"].map(|source| {
            let mut line = LINE.get_or_init(full_line).clone();
            spoil(&mut line["report"], "", &mut choose);
            line["source"] = json!(source);
            line["report"]["experiment"] = json!("us\u{1b}[2Jers");
            line
        });
        let log = read(&lines);
        prop_assert!(log.bad_lines().is_empty(), "{:?}", log.bad_lines());
        let reports = log.reports();
        prop_assert_eq!(reports.len(), 1);
        let pages = [reports[0].to_string(), reports[0].to_markdown(), html_page(&reports)];
        for page in &pages {
            let moves_the_cursor = |character: char| character.is_control() && character != '\n';
            prop_assert!(!page.contains(moves_the_cursor) && !page.contains(TURNS_AROUND));
            prop_assert!(page.len() < 5 << 20);
        }
        prop_assert!(pages.iter().all(|page| !page.contains(&"x".repeat(3_000))));
        serde_json::to_string(&reports).expect("a report can be stored again");
    }
}

#[test]
fn the_line_that_is_spoiled_holds_all_that_there_is() {
    let line = full_line();
    let report = &line["report"];
    for part in ["control_again", "cohorts", "candidates"] {
        assert!(report[part].as_array().is_none_or(|list| !list.is_empty()) && !report[part].is_null(), "{part}");
    }
    let new = &report["candidates"][0];
    assert!(!new["samples"].as_array().unwrap().is_empty() && !new["cohorts"].as_array().unwrap().is_empty());
    assert!(
        !new["differences"]["paths"].as_array().unwrap().is_empty() && new["differences"]["paired"].as_u64() > Some(0)
    );
    assert!(!new["behavior"]["latency_when_concurrent"].is_null() && !new["behavior"]["mean_cpu"].is_null());
    assert!(read(&[line]).bad_lines().is_empty());
}

#[test]
fn cohorts_are_text_in_markdown_whatever_they_are_called() {
    let lab = Lab::new();
    let call = lab.experiment("x").control(|| 1).candidate("new", || 1);
    call.cohort(|| "<b>[a](b:)`*_|").run();
    let markdown = lab.experiment("x").report().to_markdown();
    assert!(markdown.contains(r"- `new`: cohort \<b\>\[a\](b:)\`\*\_\|: 1 run"), "{markdown}");
}

#[test]
fn keys_that_are_there_twice_are_a_bad_line() {
    let line = full_line().to_string();
    let twice = line.replacen("\"runs\":", "\"runs\":1,\"runs\":", 1);
    let mut log = ReportLog::new();
    log.read("file", format!("{twice}\n{line}\n").as_bytes()).expect("memory gives it");
    assert_eq!((log.bad_lines().len(), log.bad_lines()[0].line, log.reports().len()), (1, 1, 1));
}
