//! The door for the beacon: appends frontend errors and nothing else, with a pool of its own so that
//! a flood of errors never takes a connection from a person.
