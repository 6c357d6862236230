//! Where code of others runs, and how it can fail.

use experiment::Operation;

/// Where code of others runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Point {
    Control,
    ControlAgain,
    Candidate,
    /// A second candidate.
    Another,
    /// Dropping the candidate's result.
    DropResult,
    /// Dropping a candidate that was not called, or not to its end.
    DropCandidate,
    /// Dropping a hook that was not called.
    DropHook,
    Observe,
    Compare,
    CompareErrors,
    Ignore,
    Describe,
    Explain,
    Serialize,
    Condition,
    Before,
    After,
    Cohort,
    Publisher,
    Sampler,
    Gate,
    Clock,
    ProcessorClock,
    Executor,
    Spawner,
    Hook,
}

impl Point {
    pub(crate) const ALL: [Self; 26] = [
        Self::Control,
        Self::ControlAgain,
        Self::Candidate,
        Self::Another,
        Self::DropResult,
        Self::DropCandidate,
        Self::DropHook,
        Self::Observe,
        Self::Compare,
        Self::CompareErrors,
        Self::Ignore,
        Self::Describe,
        Self::Explain,
        Self::Serialize,
        Self::Condition,
        Self::Before,
        Self::After,
        Self::Cohort,
        Self::Publisher,
        Self::Sampler,
        Self::Gate,
        Self::Clock,
        Self::ProcessorClock,
        Self::Executor,
        Self::Spawner,
        Self::Hook,
    ];

    /// What the hook is told when this fails in that way; `None` where it is no failure of the experiment itself, such as a
    /// candidate that panics or a condition that says no.
    pub(crate) fn operation(self, fault: Fault) -> Option<Operation> {
        let of_panic = match self {
            Self::Control | Self::ControlAgain | Self::Candidate | Self::Another | Self::Hook => return None,
            Self::DropResult | Self::DropCandidate | Self::DropHook => Operation::Drop,
            Self::Observe => Operation::Observe,
            Self::Compare | Self::CompareErrors => Operation::Compare,
            Self::Ignore => Operation::Ignore,
            Self::Describe | Self::Explain | Self::Serialize => Operation::Describe,
            Self::Condition => Operation::RunIf,
            Self::Before => Operation::Before,
            Self::After => Operation::After,
            Self::Cohort => Operation::Cohort,
            Self::Publisher => Operation::Publish,
            Self::Sampler => Operation::Sample,
            Self::Gate => Operation::Gate,
            Self::Clock | Self::ProcessorClock => Operation::Clock,
            Self::Executor | Self::Spawner => Operation::Execute,
        };
        let errors_are_failures = matches!(self, Self::Compare | Self::Serialize | Self::Publisher | Self::Cohort);
        match fault {
            Fault::Panic => Some(of_panic),
            Fault::Error if errors_are_failures => Some(of_panic),
            Fault::Error | Fault::Delay => None,
        }
    }
}

/// How it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Fault {
    Panic,
    /// The error that it can give, else the answer that is least wanted.
    Error,
    /// It takes an hour of the lab's clock; or, where nobody may wait for it, until the caller has its value.
    Delay,
}

impl Fault {
    pub(crate) const ALL: [Self; 3] = [Self::Panic, Self::Error, Self::Delay];
}
