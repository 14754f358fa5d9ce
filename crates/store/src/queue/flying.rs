//! What a leased queue is working at: how many jobs of each group and tenant, and which groups wait for a place.

use crate::queue::GroupKey;
use crate::queue::lease::Slots;
use std::collections::{HashMap, HashSet};
use vestibule_model::TenantId;

/// Jobs in flight.
#[derive(Default)]
pub(super) struct Flying {
    groups: HashMap<GroupKey, usize>,
    tenants: HashMap<TenantId, usize>,
    /// Groups that have, or may have, more than they found places for: their next landing puts them back.
    hungry: HashSet<GroupKey>,
    /// Groups that found their tenant's places taken: the next landing in the tenant puts them back.
    starved: HashMap<TenantId, Vec<GroupKey>>,
    /// Groups whose gate allows another number in flight than the usual one.
    limits: HashMap<GroupKey, usize>,
    /// Groups that somebody will put back at an instant.
    alarmed: HashSet<GroupKey>,
}

impl Flying {
    /// Reserves places for a group: how many, and whether none of its jobs flies now. `None` when there is none: the
    /// group is noted and comes back with a landing.
    pub(super) fn reserve(&mut self, key: &GroupKey, slots: &Slots) -> Option<(usize, bool)> {
        let in_group = self.groups.get(key).copied().unwrap_or(0);
        let in_tenant = self.tenants.get(&key.tenant).copied().unwrap_or(0);
        let most = self.limits.get(key).copied().unwrap_or(slots.group);
        let (group, tenant) = (most.saturating_sub(in_group), slots.tenant.saturating_sub(in_tenant));
        let room = group.min(tenant);
        if room > 0 {
            *self.groups.entry(key.clone()).or_default() += room;
            *self.tenants.entry(key.tenant).or_default() += room;
            return Some((room, in_group == 0));
        }
        if group == 0 {
            self.hungry.insert(key.clone());
        } else {
            self.starved.entry(key.tenant).or_default().push(key.clone());
        }
        None
    }

    /// Keeps how many of a group may be in flight: the next reservation goes by it.
    pub(super) fn note_limit(&mut self, key: &GroupKey, most: usize, slots: &Slots) {
        if most == slots.group {
            self.limits.remove(key);
        } else {
            self.limits.insert(key.clone(), most);
        }
    }

    /// How many places of a group are taken or reserved.
    pub(super) fn count(&self, key: &GroupKey) -> usize {
        self.groups.get(key).copied().unwrap_or(0)
    }

    /// Notes that a group will be put back at an instant; false when that is so already.
    pub(super) fn set_alarm(&mut self, key: &GroupKey) -> bool {
        self.alarmed.insert(key.clone())
    }

    /// The instant has come.
    pub(super) fn clear_alarm(&mut self, key: &GroupKey) {
        self.alarmed.remove(key);
    }

    /// Notes that a group may have more than it found places for.
    pub(super) fn note_hungry(&mut self, key: &GroupKey) {
        self.hungry.insert(key.clone());
    }

    /// Gives places back that nothing was claimed for; the groups that wait for them.
    pub(super) fn release(&mut self, key: &GroupKey, count: usize) -> Vec<GroupKey> {
        if count == 0 {
            return Vec::new();
        }
        if let Some(left) = self.tenants.get_mut(&key.tenant) {
            *left = left.saturating_sub(count);
            if *left == 0 {
                self.tenants.remove(&key.tenant);
            }
        }
        if let Some(left) = self.groups.get_mut(key) {
            *left = left.saturating_sub(count);
            if *left == 0 {
                self.groups.remove(key);
            }
        }
        self.starved.remove(&key.tenant).unwrap_or_default()
    }

    /// Gives the place of a job that has ended back; the groups that wait for it.
    pub(super) fn land(&mut self, key: GroupKey) -> Vec<GroupKey> {
        let mut waiting = self.release(&key, 1);
        if self.hungry.remove(&key) {
            waiting.push(key);
        }
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use uuid::Uuid;

    const SLOTS: Slots = Slots { group: 2, tenant: 3, node: 9, lease_ms: 1 };

    fn key(tenant: u8, group: u8) -> GroupKey {
        GroupKey {
            tenant: TenantId(Uuid::from_bytes([tenant; 16])),
            queue: Cow::Borrowed("q"),
            group: Uuid::from_bytes([group; 16]),
        }
    }

    #[test]
    fn a_landing_puts_back_who_waits_for_its_place() {
        let mut flying = Flying::default();
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), Some((2, true)));
        flying.note_hungry(&key(1, 1));
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), None, "the group is full");
        assert_eq!(flying.reserve(&key(1, 2), &SLOTS), Some((1, true)));
        assert_eq!(flying.reserve(&key(1, 3), &SLOTS), None, "the tenant is full");
        assert_eq!(flying.reserve(&key(2, 1), &SLOTS), Some((2, true)), "another tenant is not");
        assert_eq!(flying.land(key(1, 2)), [key(1, 3)]);
        assert_eq!(flying.land(key(1, 1)), [key(1, 1)]);
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), Some((1, false)));
        assert_eq!(flying.release(&key(1, 1), 1), []);
        assert_eq!(flying.land(key(1, 1)), []);
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), Some((2, true)));
    }

    #[test]
    fn a_group_has_as_many_places_as_its_gate_last_allowed() {
        let mut flying = Flying::default();
        flying.note_limit(&key(1, 1), 1, &SLOTS);
        flying.note_limit(&key(1, 2), 9, &SLOTS);
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), Some((1, true)));
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), None);
        assert_eq!(
            flying.reserve(&key(1, 2), &SLOTS),
            Some((2, true)),
            "a tenant's places bound it all the same"
        );
        assert_eq!((flying.count(&key(1, 1)), flying.count(&key(1, 2)), flying.count(&key(1, 3))), (1, 2, 0));
        flying.note_limit(&key(1, 1), SLOTS.group, &SLOTS);
        assert_eq!((flying.release(&key(1, 2), 2), flying.limits.len()), (vec![], 1));
        assert_eq!(flying.reserve(&key(1, 1), &SLOTS), Some((1, false)));
        assert!(flying.set_alarm(&key(1, 1)) && !flying.set_alarm(&key(1, 1)));
        flying.clear_alarm(&key(1, 1));
        assert!(flying.set_alarm(&key(1, 1)));
    }
}
