//! Recordings of two tenants whose calls have the same ids.

use crate::doubles::{doubles, sample};
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt, stream};
use serde_json::json;
use vestibule_domain::{audit, calls};
use vestibule_ports::{Extent, ProviderFault, RecordingStream, RecordingWanted, Recordings};
use vestibule_testkit::{both_databases, inside};

/// Plays the address that it was given.
struct Echo;

impl Recordings for Echo {
    fn keeper(&self, _: &str) -> Option<&'static str> {
        None
    }

    fn fetch(&self, wanted: RecordingWanted) -> BoxFuture<'_, Result<RecordingStream, ProviderFault>> {
        let body = stream::iter([Ok(wanted.url.into())]).boxed();
        let stream = RecordingStream {
            extent: Extent::Whole,
            content_type: "audio/mpeg".into(),
            length: None,
            content_range: None,
            body,
        };
        Box::pin(async { Ok(stream) })
    }
}

both_databases! {
    async fn each_hears_its_own_call(kit: Kit) {
        let doubles = doubles(&kit).await;
        doubles.hear(&kit, 1_000, 0, "one", &["call_started"]).await;
        for tenant in &doubles.both {
            let url = json!(format!("https://recordings.test/{}.mp3", tenant.record.slug));
            let body = sample(tenant, "call_ended", "one").with("/call/recording_url", url);
            kit.send(tenant, &body.body()).await;
            kit.fold_all().await;
        }
        for tenant in &doubles.both {
            let id = doubles.call(&kit, tenant, "one").await.call.id;
            let heard = calls::recording(&kit.house, &tenant.scope, id, None, &Echo).await.unwrap();
            let heard: Vec<_> = heard.body.try_collect().await.unwrap();
            assert_eq!(heard.concat(), format!("https://recordings.test/{}.mp3", tenant.record.slug).into_bytes());
            let rows = inside!(&kit, tenant, |tx| audit::newest(tx, 100).await.unwrap());
            assert_eq!(rows.iter().filter(|row| row.action == "call.recording_played").count(), 1);
        }
        doubles.end(&kit).await;
    }
}
