//! Which groups have due work: a set in memory, served in turn.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use tokio::sync::Notify;
use uuid::Uuid;
use vestibule_model::TenantId;

/// A group of jobs that is served in turn with the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct GroupKey {
    /// Whose.
    pub tenant: TenantId,
    /// Which queue.
    pub queue: Cow<'static, str>,
    /// Which group; the nil id where a queue has none.
    pub group: Uuid,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Waiting,
    Served,
    ServedAndDueAgain,
}

/// The groups of one queue that have due work, each at most once, in the order in which they came.
#[derive(Default)]
pub struct ReadySet {
    inner: Mutex<(VecDeque<GroupKey>, HashMap<GroupKey, Place>)>,
    news: Notify,
}

impl ReadySet {
    /// Adds a group; one that is being served is served again afterwards.
    pub fn push(&self, key: GroupKey) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (order, places) = &mut *inner;
        match places.get_mut(&key) {
            None => {
                places.insert(key.clone(), Place::Waiting);
                order.push_back(key);
                drop(inner);
                self.news.notify_one();
            }
            Some(place @ Place::Served) => *place = Place::ServedAndDueAgain,
            Some(_) => {}
        }
    }

    /// Takes up to `most` groups to serve; waits until there is one.
    pub async fn take(&self, most: usize) -> Vec<GroupKey> {
        loop {
            let news = self.news.notified();
            let taken = self.try_take(most);
            if !taken.is_empty() {
                return taken;
            }
            news.await;
        }
    }

    /// Takes up to `most` groups to serve, without waiting.
    pub fn try_take(&self, most: usize) -> Vec<GroupKey> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (order, places) = &mut *inner;
        let count = most.min(order.len());
        let taken: Vec<_> = order.drain(..count).collect();
        for key in &taken {
            places.insert(key.clone(), Place::Served);
        }
        if !order.is_empty() {
            self.news.notify_one();
        }
        taken
    }

    /// Gives back groups that were taken but not served, in their order: they come first.
    pub fn give_back(&self, keys: impl DoubleEndedIterator<Item = GroupKey>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (order, places) = &mut *inner;
        for key in keys.rev() {
            places.insert(key.clone(), Place::Waiting);
            order.push_front(key);
        }
        drop(inner);
        self.news.notify_one();
    }

    /// Ends serving a group; `more` says that it has more due work.
    pub fn done(&self, key: GroupKey, more: bool) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (order, places) = &mut *inner;
        let again = more || places.get(&key) == Some(&Place::ServedAndDueAgain);
        if again {
            places.insert(key.clone(), Place::Waiting);
            order.push_back(key);
            drop(inner);
            self.news.notify_one();
        } else {
            places.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u8) -> GroupKey {
        GroupKey {
            tenant: TenantId(Uuid::from_bytes([n; 16])),
            queue: Cow::Borrowed("q"),
            group: Uuid::nil(),
        }
    }

    #[test]
    fn groups_are_served_in_turn_and_once() {
        let set = ReadySet::default();
        for n in [1, 2, 1, 3] {
            set.push(key(n));
        }
        assert_eq!(set.try_take(2), [key(1), key(2)]);
        set.push(key(1));
        assert_eq!(set.try_take(9), [key(3)]);
        set.done(key(1), false);
        set.done(key(2), true);
        set.done(key(3), false);
        assert_eq!(set.try_take(9), [key(1), key(2)]);
        set.done(key(1), false);
        set.done(key(2), false);
        assert!(set.try_take(9).is_empty());
    }

    #[test]
    fn groups_that_are_given_back_come_first() {
        let set = ReadySet::default();
        (1..=4).for_each(|n| set.push(key(n)));
        assert_eq!(set.try_take(3), [key(1), key(2), key(3)]);
        set.done(key(1), true);
        set.give_back([key(2), key(3)].into_iter());
        set.push(key(3));
        assert_eq!(set.try_take(9), [key(2), key(3), key(4), key(1)]);
    }
}
