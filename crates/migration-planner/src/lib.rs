//! Split one schema change into separately deployable, gated, reversible phases
