//! The real program: started, used over its sockets, killed, and started again.

#[cfg(test)]
mod crash;
#[cfg(test)]
mod day;
#[cfg(test)]
mod program;
#[cfg(test)]
mod prove;
#[cfg(test)]
mod receiver;
#[cfg(test)]
mod walks;
