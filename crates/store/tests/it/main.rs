//! The store on every engine: schema, row security, values, migrations, the queue and the lane.

#[cfg(test)]
mod doubles;
#[cfg(test)]
mod lane;
#[cfg(test)]
mod lease;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod rls;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod values;
