//! Runs plans of migration-planner on SQLite, and looks at its schema and usage
