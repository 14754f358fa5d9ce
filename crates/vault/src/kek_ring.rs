//! The key-encryption keys that a node knows: one wraps, all of them open. So a key can be exchanged while nodes run.

use crate::envelope::Unsealable;
use crate::kek::wrapped_by;
use crate::{DataKey, Kek};
use vestibule_model::{Entropy, TenantId};

/// One key that wraps, and others that still open, or will.
#[derive(Debug)]
pub struct KekRing {
    current: Kek,
    others: Vec<Kek>,
}

impl KekRing {
    /// A key and no other.
    #[must_use]
    pub const fn of(current: Kek) -> Self {
        Self { current, others: Vec::new() }
    }

    /// The same, and one more key that opens.
    #[must_use]
    pub fn with(mut self, other: Kek) -> Self {
        if other.id() != self.current.id() && self.others.iter().all(|known| known.id() != other.id()) {
            self.others.push(other);
        }
        self
    }

    /// The public name of the key that wraps.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.current.id()
    }

    /// The public names of the keys that open and do not wrap.
    pub fn others(&self) -> impl Iterator<Item = u32> {
        self.others.iter().map(Kek::id)
    }

    /// Whether a key of this name is here.
    #[must_use]
    pub fn knows(&self, id: u32) -> bool {
        self.id() == id || self.others().any(|other| other == id)
    }

    /// Wraps a data key with the key that wraps.
    #[must_use]
    pub fn wrap(&self, owner: TenantId, key: &DataKey, entropy: &dyn Entropy) -> Vec<u8> {
        self.current.wrap(owner, key, entropy)
    }

    /// Unwraps a data key with the key that wrapped it.
    ///
    /// # Errors
    /// It was altered, belongs to another tenant, or a key wrapped it that is not here.
    pub fn unwrap_key(&self, owner: TenantId, wrapped: &[u8]) -> Result<DataKey, Unsealable> {
        let by = wrapped_by(wrapped).ok_or(Unsealable::Form)?;
        let kek = std::iter::once(&self.current).chain(&self.others).find(|kek| kek.id() == by);
        kek.ok_or(Unsealable::OtherKey { key_id: by })?.unwrap_key(owner, wrapped)
    }

    /// Wraps a data key anew with the key that wraps. Idempotent: none when that key wraps it already.
    ///
    /// # Errors
    /// As [`Self::unwrap_key`].
    pub fn rewrap(
        &self,
        owner: TenantId,
        wrapped: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Option<Vec<u8>>, Unsealable> {
        let key = self.unwrap_key(owner, wrapped)?;
        Ok((wrapped_by(wrapped) != Some(self.id())).then(|| self.wrap(owner, &key, entropy)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;
    use uuid::Uuid;

    #[test]
    fn req_0_85_a_data_key_moves_from_one_key_to_the_next() {
        let entropy = Counting::default();
        let owner = TenantId(Uuid::from_u128(1));
        let texts: Vec<_> = (0..3).map(|_| Kek::generate(&entropy).to_base64()).collect();
        let kek = |n: usize| Kek::from_base64(&texts[n]).unwrap();
        let (old, new, strange) = (KekRing::of(kek(0)), KekRing::of(kek(1)), KekRing::of(kek(2)));
        let key = DataKey::generate(&entropy);
        let wrapped = old.wrap(owner, &key, &entropy);
        let both = KekRing::of(kek(1)).with(kek(0)).with(kek(0)).with(kek(1));
        assert_eq!((both.id(), both.others().collect::<Vec<_>>()), (new.id(), vec![old.id()]));
        assert!(both.knows(old.id()) && both.knows(new.id()) && !both.knows(strange.id()));
        let again = both.rewrap(owner, &wrapped, &entropy).unwrap().unwrap();
        for (ring, opens) in [(&both, (true, true)), (&old, (true, false)), (&new, (false, true))] {
            let tried = (ring.unwrap_key(owner, &wrapped).is_ok(), ring.unwrap_key(owner, &again).is_ok());
            assert_eq!(tried, opens);
        }
        assert_eq!(new.unwrap_key(owner, &again).unwrap().bytes(), key.bytes());
        assert_eq!(both.rewrap(owner, &again, &entropy), Ok(None));
        assert_eq!(strange.rewrap(owner, &again, &entropy), Err(Unsealable::OtherKey { key_id: new.id() }));
        assert_eq!(both.rewrap(TenantId(Uuid::from_u128(2)), &again, &entropy), Err(Unsealable::Altered));
        assert_eq!(both.unwrap_key(owner, b"short").unwrap_err(), Unsealable::Form);
    }
}
