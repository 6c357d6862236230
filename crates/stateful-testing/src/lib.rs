//! Generate command sequences, run them against a model and a system, shrink the failure to its smallest story
