//! Feature flags evaluated in process, straight from the application's own structs
