//! Shared pieces without data access.
