//! Every public function says what its numbers are, what it assumes, where it comes from, what it costs, and shows it.

use std::fs;
use std::path::Path;

/// A public function as it is in the source: its documentation and its signature up to the body.
struct Function {
    place: String,
    doc: String,
    signature: String,
}

fn public_functions(folder: &Path, found: &mut Vec<Function>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            public_functions(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            of_file(&path, found);
        }
    }
}

fn of_file(path: &Path, found: &mut Vec<Function>) {
    let source = fs::read_to_string(path).unwrap();
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let mut doc = String::new();
    for (number, line) in lines.iter().enumerate() {
        if let Some(text) = line.strip_prefix("///") {
            doc.push_str(text);
            doc.push('\n');
        } else if line.starts_with("pub fn ") {
            let signature = lines[number..].join(" ");
            let signature = signature.split_once('{').expect("a function has a body").0.to_owned();
            let place = format!("{}:{}", path.file_name().unwrap().display(), number + 1);
            found.push(Function { place, doc: std::mem::take(&mut doc), signature });
        } else if !line.starts_with("#[") {
            doc.clear();
        }
    }
}

impl Function {
    /// Whether it works something out: not a constructor, a conversion of what it is called on, an accessor or a counter.
    fn computes(&self) -> bool {
        let (parameters, result) = self.signature.split_once("->").unwrap_or((&self.signature, ""));
        let result = result.trim();
        let builds = result.is_empty() || result.starts_with("Self") || result.starts_with("Result<Self");
        let takes_more = parameters.contains(':');
        let may_fail_only = result.starts_with("Result<(),");
        let answers_alone =
            result == "f64" && ["p_value", "worst_case"].iter().any(|name| self.signature.contains(name));
        !builds && !may_fail_only && (takes_more || answers_alone)
    }

    fn says(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|word| self.doc.contains(word))
    }
}

#[test]
fn whatever_computes_says_unit_range_assumption_reference_and_cost_and_has_an_example() {
    let mut functions = Vec::new();
    public_functions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut functions);
    let computing: Vec<_> = functions.iter().filter(|function| function.computes()).collect();
    assert!(computing.len() >= 55, "only {} are found: the signatures are no longer read", computing.len());

    let parts: [(&str, &[&str]); 6] = [
        ("unit", &["Unit", "unit"]),
        ("range", &["..", "from 0", "from 1", "from about", "infinit", "any number"]),
        ("assumption", &["Assumption", "assumption"]),
        ("reference", &["Reference", "reference"]),
        ("cost", &["Cost", "cost"]),
        ("example", &["```"]),
    ];
    let gaps = computing.iter().flat_map(|function| {
        let missing = parts.iter().filter(|(part, words)| {
            // A yes or no, a state or a verdict has the range of its type.
            let is_number = ["-> f64", "-> Interval", "-> EValue"].iter().any(|it| function.signature.contains(it));
            (*part != "range" || is_number) && !function.says(words)
        });
        missing.map(|(part, _)| format!("{} {}: no {part}", function.place, function.signature))
    });
    let gaps: Vec<_> = gaps.collect();
    assert!(gaps.is_empty(), "{gaps:#?}");
}

#[test]
fn whatever_may_refuse_says_when() {
    let mut functions = Vec::new();
    public_functions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut functions);
    let silent =
        functions.iter().filter(|function| function.signature.contains("Result<") && !function.says(&["# Errors"]));
    let silent: Vec<_> = silent.map(|function| &function.signature).collect();
    assert!(silent.is_empty(), "{silent:#?}");
}
