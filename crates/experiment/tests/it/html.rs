//! The page for browsers, read by a parser that takes nothing but well-formed text.

use std::time::Duration;

use experiment::testing::ManualClock;
use experiment::{BreakerPolicy, Lab, Order, Report, html_page};
use proptest::prelude::*;
use roxmltree::{Document, Node, ParsingOptions};

fn parse(page: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(page, options).expect("the page is well-formed")
}

fn elements<'a>(document: &'a Document<'_>, name: &str) -> Vec<Node<'a, 'a>> {
    document.descendants().filter(|node| node.tag_name().name() == name).collect()
}

fn text_of(node: Node<'_, '_>) -> String {
    node.descendants().filter(Node::is_text).filter_map(|node| node.text().map(str::to_owned)).collect()
}

/// The cells of the table with that caption, row by row.
fn table(document: &Document<'_>, caption: &str) -> Vec<Vec<String>> {
    let is_it = |table: &Node<'_, '_>| {
        table.descendants().any(|node| node.tag_name().name() == "caption" && text_of(node).starts_with(caption))
    };
    let table = elements(document, "table").into_iter().find(is_it).expect("there is such a table");
    let rows = table.descendants().filter(|node| node.tag_name().name() == "tr");
    rows.map(|row| row.children().filter(Node::is_element).map(text_of).collect()).collect()
}

/// `new` takes 10 ms of 20 and is wrong about one user in ten.
fn report(name: &'static str, candidate: &'static str) -> Report {
    let clock = ManualClock::new();
    let lab = Lab::new().clock(clock.clone()).order(Order::Seeded(3)).breaker(BreakerPolicy::never());
    for user in 0..200_u32 {
        lab.experiment(name)
            .control(|| {
                clock.advance(Duration::from_millis(20));
                user
            })
            .candidate(candidate, || {
                clock.advance(Duration::from_millis(10));
                if user % 10 == 0 { 0 } else { user }
            })
            .describe_with(|user| format!("user {user}"))
            .run();
    }
    lab.experiment(name).report()
}

#[test]
fn the_page_holds_verdicts_counts_durations_and_examples() {
    let page = report("users", "new").to_html();
    let document = parse(&page);
    assert_eq!(table(&document, "Runs by outcome"), [["candidate", "match", "mismatch"], ["new", "181", "19"]]);
    let durations = table(&document, "Durations");
    assert_eq!(durations[1], ["control", "200", "20.1 ms", "20.1 ms", "20.1 ms"]);
    assert_eq!(durations[2], ["new", "200", "10.0 ms", "10.0 ms", "10.0 ms"]);
    assert_eq!(table(&document, "Who ran first?").len(), 3);
    let items: Vec<_> = elements(&document, "li").into_iter().map(text_of).collect();
    assert!(items.iter().any(|item| item.starts_with("new: 200 runs, 19 mismatches: the mismatch rate is above")));
    assert!(items.iter().any(|item| item.contains("p50 50 % faster")), "{items:?}");
    assert!(items.iter().any(|item| item.ends_with("control: user 10; candidate: user 0")), "{items:?}");
}

#[test]
fn the_drawing_has_a_row_for_each_behaviour_and_says_in_words_what_it_shows() {
    let page = report("users", "new").to_html();
    let document = parse(&page);
    let [svg] = elements(&document, "svg")[..] else { panic!("there is one drawing") };
    assert_eq!(svg.attribute("role"), Some("img"));
    assert!(svg.attribute("aria-label").is_some_and(|label| label.contains("durations")));
    let titles: Vec<_> = svg.descendants().filter(|node| node.tag_name().name() == "title").map(text_of).collect();
    assert_eq!(
        titles,
        ["control: n 200, p50 20.1 ms, p95 20.1 ms, p99 20.1 ms", "new: n 200, p50 10.0 ms, p95 10.0 ms, p99 10.0 ms"]
    );
    let bars = svg.descendants().filter(|node| node.attribute("class") == Some("bars"));
    assert!(bars.clone().all(|path| path.attribute("d").is_some_and(|d| d.starts_with('M'))) && bars.count() == 2);
    // The slower one is further to the right.
    let median = |row: usize| {
        let rows: Vec<_> = svg.descendants().filter(|node| node.tag_name().name() == "g").collect();
        let mark = rows[row].descendants().find(|node| node.attribute("class") == Some("mark")).expect("it has marks");
        mark.attribute("x1").and_then(|x| x.parse::<f64>().ok()).expect("it is a number")
    };
    assert!(median(0) > median(1) + 50.0, "{} and {}", median(0), median(1));
}

#[test]
fn the_page_loads_nothing_and_runs_nothing() {
    let page = report("users", "new").to_html();
    let document = parse(&page);
    for name in ["script", "link", "img", "iframe", "object", "embed", "a", "form", "foreignObject", "use"] {
        assert!(elements(&document, name).is_empty(), "{name}");
    }
    let attributes = document.descendants().flat_map(|node| node.attributes());
    for attribute in attributes {
        let name = attribute.name();
        assert!(!name.starts_with("on") && !["href", "src", "style"].contains(&name), "{name}");
    }
    assert!(page.contains("default-src 'none'") || page.contains("default-src &#39;none&#39;"));
    assert!(!page.contains("url(") && !page.contains("@import"));
    assert_eq!(page.matches("http").count(), 1 + 1, "the name of the drawing's language, and `http-equiv`: {page}");
}

#[test]
fn the_page_is_readable_in_light_and_dark_and_without_seeing_it() {
    let page = report("users", "new").to_html();
    assert!(page.contains("color-scheme:light dark") && page.contains("prefers-color-scheme:dark"));
    let document = parse(&page);
    assert_eq!(document.root_element().attribute("lang"), Some("en"));
    assert_eq!((elements(&document, "main").len(), elements(&document, "h1").len()), (1, 1));
    for table in elements(&document, "table") {
        let has = |name: &str| table.descendants().any(|node| node.tag_name().name() == name);
        assert!(has("caption") && has("thead"));
        let headers = table.descendants().filter(|node| node.tag_name().name() == "th");
        assert!(headers.clone().all(|header| header.attribute("scope").is_some()) && headers.count() > 2);
    }
}

#[test]
fn names_and_examples_are_text_whatever_they_hold() {
    const HOSTILE: &str = "</style></code><script>alert('x')</script>\"&amp;\u{0}\u{202e}";
    let lab = Lab::new();
    lab.experiment(HOSTILE)
        .control(|| 1)
        .candidate("<img src=x onerror=y>\n", || 2)
        .describe_with(|_| format!("{HOSTILE}\u{1}\u{fffe}]]>"))
        .run();
    let page = html_page(&lab.reports());
    let document = parse(&page);
    assert!(elements(&document, "script").is_empty() && elements(&document, "img").is_empty());
    let shown = HOSTILE.replace(['\u{0}', '\u{202e}'], "\u{fffd}");
    assert_eq!(elements(&document, "h2").into_iter().map(text_of).collect::<Vec<_>>(), [shown]);
}

#[test]
fn cohorts_have_their_counts_and_their_verdicts_in_every_form() {
    let lab = Lab::new().breaker(BreakerPolicy::never());
    for user in 0..40 {
        let cohort = || if user % 4 == 0 { "<staff>" } else { "guests" };
        lab.experiment("x").control(|| user).candidate("new", || if user == 8 { 0 } else { user }).cohort(cohort).run();
    }
    let report = lab.experiment("x").report();
    let page = report.to_html();
    let document = parse(&page);
    let rows = table(&document, "Results by cohort");
    assert_eq!(rows[1..], [["<staff>", "new", "10", "1"], ["guests", "new", "30", "0"]]);
    let items: Vec<_> = elements(&document, "li").into_iter().map(text_of).collect();
    assert!(items.iter().any(|item| item.starts_with("new: cohort <staff>: 10 runs, 1 mismatch")), "{items:?}");
    assert!(report.to_markdown().contains("- `new`: cohort guests: 30 runs, 0 mismatches"), "{}", report.to_markdown());
    assert!(report.to_string().contains("new, cohort guests: 30 runs, 0 mismatches"), "{report}");
}

#[test]
fn several_experiments_share_a_page_and_none_is_a_page_too() {
    let page = html_page(&[report("one", "new"), report("two", "new")]);
    let document = parse(&page);
    assert_eq!(elements(&document, "article").len(), 2);
    assert_eq!(text_of(elements(&document, "title")[0]), "2 experiments");
    parse(&html_page(&[]));
    let lab = Lab::new();
    parse(&lab.experiment("never ran").report().to_html());
}

#[test]
fn a_page_stays_small_however_many_experiments_there_are() {
    let one = report("x", "new");
    let page = html_page(&vec![one.clone(); 2_000]);
    assert!(page.len() < (4 << 20) + 100_000, "{} bytes", page.len());
    let document = parse(&page);
    let shown = elements(&document, "article").len();
    assert!(page.contains(&format!("{} experiments are left out here", thousands(2_000 - shown))), "{shown}");
    assert!(one.to_html().len() < 20_000, "{} bytes", one.to_html().len());
}

fn thousands(number: usize) -> String {
    if number < 1_000 { number.to_string() } else { format!("{},{:03}", number / 1_000, number % 1_000) }
}

#[cfg(feature = "serde")]
#[test]
fn where_a_candidate_differs_is_a_table_with_counts_per_path() {
    let lab = Lab::new();
    for run in 0..3 {
        lab.experiment("x").control(|| vec![(run, "<b>")]).candidate("new", || vec![(run, "<i>")]).diff().run();
    }
    lab.flush().expect("nothing is published");
    let page = lab.experiment("x").report().to_html();
    let rows = table(&parse(&page), "Differences by path");
    assert_eq!(rows[1][..3], ["[*][1]", "3", "3 changed"]);
    assert!(rows[1][3].contains("[0][1] changed: text became text"), "{rows:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_words_make_a_well_formed_page(words in "\\PC{0,40}|[\u{0}-\u{2f}<>&\"']{0,40}", micros in prop::collection::vec(0_u64..4_000_000_000, 1..20)) {
        let clock = ManualClock::new();
        let lab = Lab::new().clock(clock.clone()).breaker(BreakerPolicy::never());
        for micros in &micros {
            lab.experiment("x")
                .control(|| clock.advance(Duration::from_micros(*micros)))
                .candidate("new", || clock.advance(Duration::from_micros(micros / 2)))
                .compare_with(|(), ()| false)
                .explain_with(|(), ()| words.clone())
                .run();
        }
        let page = lab.experiment("x").report().to_html();
        parse(&page);
        prop_assert!(!page.contains("NaN") && !page.contains("inf "), "{}", page);
    }
}
