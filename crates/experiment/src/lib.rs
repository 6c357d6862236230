//! Run old and new code side by side on live traffic, and say which is right and which is faster
