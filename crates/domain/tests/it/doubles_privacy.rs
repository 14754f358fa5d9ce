//! Erasing and letting go in one of two tenants whose rows have the same ids.

use crate::doubles::doubles;
use crate::look::{calls, contacts};
use vestibule_domain::privacy::{self, Kept, Named, Reason};
use vestibule_model::Phone;
use vestibule_testkit::both_databases;

const NUMBER: &str = "+14505550188";

both_databases! {
    async fn a_caller_is_erased_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        doubles.hear(&kit, 2_000, 1, "two", &["call_started"]).await;
        doubles.each(&kit, &[1, 0], async |me| {
            let named = Named::Phone(Phone::parse(NUMBER).unwrap());
            let seen = privacy::preview(&kit.house, &me.scope, &named).await.unwrap();
            let done = privacy::erase_caller(&kit.house, &me.scope, &named, NUMBER, Reason::Order).await.unwrap();
            assert_eq!((seen.counts.calls, done.counts.calls), (2, 2));
            assert!(calls(&kit, me).await.iter().all(|c| c.call.from_number.as_deref() != Some(NUMBER)));
            assert!(contacts(&kit, me).await.iter().all(|c| c.phone.as_deref() != Some(NUMBER)));
        }).await;
        doubles.end(&kit).await;
    }

    async fn a_call_loses_its_words_alone(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started", "call_ended", "call_analyzed"]).await;
        kit.deliver_all().await;
        kit.clock.advance_ms(2 * 24 * 3_600_000);
        doubles.each(&kit, &[0, 1], async |me| {
            let keep = async |days| {
                let wanted = Kept { transcripts_days: days, recordings_days: days, raw_events_days: 90 };
                privacy::keep_for(&kit.house, &me.scope, wanted).await.unwrap()
            };
            keep(Some(1)).await;
            let gone = privacy::let_go_of_old(&kit.house, &kit.mint).await.unwrap();
            assert!(gone.transcripts >= 1 && gone.recordings >= 1, "{gone:?}");
            assert!(doubles.call(&kit, me, "one").await.transcript.is_empty());
            keep(None).await;
        }).await;
        doubles.end(&kit).await;
    }
}
