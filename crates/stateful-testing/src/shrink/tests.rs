//! What single passes do, each by itself: in a whole check another one may come first.

use super::{Shrinker, brackets, jump, replace};
use crate::Command;
use crate::check::Wishes;
use crate::env::Env;
use crate::execute::Outcome;
use crate::failed::Failed;
use crate::menu::Menu;
use crate::model::Model;
use crate::replay;
use crate::runs::Runs;
use crate::script::realize;
use crate::settings::Settings;

/// A lamp that can be dimmed.
#[derive(Debug, Clone, PartialEq, Command)]
enum Dimmer {
    Up,
    Set(u8),
    Down,
    Look,
    Measure,
}

/// The model knows how bright it is; whether the system does the last command right depends on that and on all that it was told.
struct Lamp {
    is_wrong: fn(u8, &[Dimmer]) -> bool,
}

fn dim(level: &mut u8, command: &Dimmer) {
    match command {
        Dimmer::Up => *level += 1,
        Dimmer::Set(to) => *level = *to,
        Dimmer::Down => *level -= 1,
        Dimmer::Look | Dimmer::Measure => {}
    }
}

impl Model for Lamp {
    type State = u8;
    type Command = Dimmer;
    type Output = bool;
    type System = (u8, Vec<Dimmer>);

    fn init(&self) -> u8 {
        0
    }
    fn commands(&self, level: &u8, menu: &mut Menu<'_, Dimmer>) {
        menu.offer(1, |_| Dimmer::Up);
        menu.offer(1, |g| Dimmer::Set(g.int(0..=9)));
        menu.offer(1, |_| Dimmer::Look);
        menu.offer(1, |_| Dimmer::Measure);
        if *level > 0 {
            menu.offer(1, |_| Dimmer::Down);
        }
    }
    fn next(&self, level: &mut u8, command: &Dimmer) -> bool {
        dim(level, command);
        false
    }
    fn setup(&self, _level: &u8) -> Result<Self::System, Failed> {
        Ok((0, Vec::new()))
    }
    fn run(&self, (level, told): &mut Self::System, command: &Dimmer, _env: &mut Env) -> Result<bool, Failed> {
        dim(level, command);
        told.push(command.clone());
        Ok((self.is_wrong)(*level, told))
    }
}

/// What a pass makes of a failing sequence, written as in a replay.
fn after(pass: fn(&mut Shrinker<'_, Lamp>), text: &str, is_wrong: fn(u8, &[Dimmer]) -> bool) -> String {
    let model = Lamp { is_wrong };
    let script = realize(&model, replay::read::<Dimmer>(text).unwrap());
    let mut runs = Runs::new(&model, &Settings::resolve::<Dimmer>(&Wishes::default()).unwrap());
    let Outcome::Failed { commands, cause } = runs.run(&script.entries) else { panic!("{text} passes") };
    assert_eq!(commands, script.len());
    let mut shrinker = Shrinker::new(runs, script, cause, 1000);
    pass(&mut shrinker);
    shrinker.finish().script.sequence().to_string()
}

fn ends_with_a_look(told: &[Dimmer]) -> bool {
    told.last() == Some(&Dimmer::Look)
}

#[test]
fn brackets_leave_out_what_leads_nowhere() {
    // Neither half of a bracket can go alone.
    let is_wrong = |level, told: &[Dimmer]| {
        let count = |wanted| told.iter().filter(|command| **command == wanted).count();
        level == 3 && ends_with_a_look(told) && count(Dimmer::Up) == count(Dimmer::Down)
    };
    assert_eq!(after(brackets::run, "set/1:3 up/0 up/0 down/4 down/4 look/2", is_wrong), "[set 3, look]");
}

#[test]
fn brackets_that_matter_stay() {
    let is_wrong = |_, told: &[Dimmer]| ends_with_a_look(told) && told.contains(&Dimmer::Down);
    assert_eq!(after(brackets::run, "up/0 down/4 look/2", is_wrong), "[up, down, look]");
}

#[test]
fn a_stretch_becomes_the_shortest_way_to_where_it_leads() {
    let is_wrong = |level, told: &[Dimmer]| level == 3 && ends_with_a_look(told);
    assert_eq!(after(jump::run, "up/0 up/0 up/0 look/2", is_wrong), "[set 3, look]");
}

#[test]
fn a_stretch_stays_where_the_way_matters() {
    let is_wrong = |level, told: &[Dimmer]| level == 3 && ends_with_a_look(told) && told.len() == 4;
    assert_eq!(after(jump::run, "up/0 up/0 up/0 look/2", is_wrong), "[up, up, up, look]");
}

#[test]
fn where_any_command_does_the_first_one_does() {
    let is_wrong = |level, told: &[Dimmer]| level == 3 && told.len() == 4;
    assert_eq!(after(replace::run, "set/1:5 down/4 down/4 measure/3", is_wrong), "[set 5, down, down, look]");
    let is_wrong = |_, told: &[Dimmer]| told.len() == 2;
    assert_eq!(after(replace::run, "look/2 measure/3", is_wrong), "[up, up]");
}

#[test]
fn with_another_end_what_made_the_old_one_show_can_go() {
    let is_wrong = |level, told: &[Dimmer]| match told.last() {
        Some(Dimmer::Look) => level == 3,
        Some(Dimmer::Measure) => level == 4,
        _ => false,
    };
    assert_eq!(after(replace::with_another_end, "set/1:3 up/0 measure/3", is_wrong), "[set 3, look]");
}
