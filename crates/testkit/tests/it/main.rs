//! The test kit itself: whatever it promises to other tests.

#[cfg(test)]
mod kit;
