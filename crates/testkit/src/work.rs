//! The kit's workers: what is due is done when a test says so, and never otherwise.

use crate::Kit;
use std::sync::Arc;
use vestibule_domain::calls::Settler;
use vestibule_domain::inbox::InboxFolder;
use vestibule_domain::mail::{self, Postman};
use vestibule_domain::outbox::{Deliverer, Redeliverer};
use vestibule_domain::people::LockoutTeller;
use vestibule_domain::workflows::Watcher;
use vestibule_domain::{texts, workflows};
use vestibule_store::queue::{FoldHandler, Folder, Leaser};

impl Kit {
    /// Processes everything that is due: events, then what settling they owe, until nothing is left.
    pub async fn fold_all(&self) -> usize {
        let mut all = 0;
        loop {
            let done = self.fold_once(Arc::new(InboxFolder::new(self.house.clone()))).await
                + self.fold_once(Arc::new(Settler(self.house.clone()))).await
                + self.fold_once(Arc::new(Redeliverer(self.house.clone()))).await
                + self.fold_once(Arc::new(LockoutTeller(self.house.clone()))).await;
            if done == 0 {
                return all;
            }
            all += done;
        }
    }

    /// Processes everything that is due of one queue; how many jobs were done.
    pub async fn fold_once(&self, handler: Arc<dyn FoldHandler>) -> usize {
        Folder::new(self.house.db.clone(), self.mint.clone(), handler).drain().await.unwrap()
    }

    /// Attempts every delivery that is due; how many attempts were made.
    pub async fn deliver_all(&self) -> usize {
        let handler = Arc::new(Deliverer::new(self.house.clone()));
        let leaser = Leaser::new(self.house.db.clone(), self.mint.clone(), handler, (8, 32, 64), 60_000);
        Arc::new(leaser).drain().await.unwrap()
    }

    /// Looks at every workflow engine that is due; how many looks were taken.
    pub async fn watch_all(&self) -> usize {
        let handler = Arc::new(Watcher(self.house.clone()));
        let slots = (1, 4, 16);
        let leaser =
            Leaser::new(self.house.db.clone(), self.mint.clone(), handler, slots, workflows::LEASE_MS);
        Arc::new(leaser).drain().await.unwrap()
    }

    /// Works at every text that is due; how many jobs were done.
    pub async fn text_all(&self) -> usize {
        let handler = Arc::new(texts::Sender(self.house.clone()));
        let leaser =
            Leaser::new(self.house.db.clone(), self.mint.clone(), handler, (1, 4, 16), texts::LEASE_MS);
        Arc::new(leaser).drain().await.unwrap()
    }

    /// Sends every mail that is due; how many tries were made.
    pub async fn post_all(&self) -> usize {
        let handler = Arc::new(Postman(self.house.clone()));
        let slots = (1, 1, 8);
        let leaser = Leaser::new(self.house.db.clone(), self.mint.clone(), handler, slots, mail::LEASE_MS);
        Arc::new(leaser).drain().await.unwrap()
    }
}
