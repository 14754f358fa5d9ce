//! Tenants: made, changed, found, counted, deleted.

use crate::look::{audited, refused};
use futures::future::join_all;
use vestibule_domain::tenants::{self, NewTenant, TenantChange, TenantFilter};
use vestibule_model::UnixMs;
use vestibule_testkit::{Kit, both_databases, inside};

fn new(company: &str, slug: Option<&str>) -> NewTenant {
    NewTenant {
        company_name: company.into(),
        slug: slug.map(str::to_owned),
        owner_email: format!("{}@owners.test", company.len()),
        ..NewTenant::default()
    }
}

async fn add(kit: &Kit, new: &NewTenant) -> Result<tenants::Added, vestibule_domain::Error> {
    tenants::add(&kit.house, &kit.mint, &kit.operator, new).await
}

async fn update(
    kit: &Kit,
    name: &str,
    change: TenantChange,
) -> Result<tenants::TenantRecord, vestibule_domain::Error> {
    tenants::update(&kit.house, &kit.mint, &kit.operator, name, change).await
}

both_databases! {
    async fn req_4_26_a_tenant_is_made_with_its_owner_link_and_audit_row(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let r = &tenant.record;
        assert_eq!((r.subscription_status.as_str(), r.provisioning_status.as_str(), r.plan_tier.as_str()), ("trial", "pending", "starter"));
        assert_eq!((r.timezone.as_str(), r.locale.as_str(), r.public_no), ("America/Toronto", "en", 1));
        assert_eq!(tenant.twin().record.public_no, 2);
        let log = audited(&kit, &tenant).await;
        let operator = kit.operator.actor().to_string();
        assert!(log.contains(&("tenant.created".into(), operator)), "{log:?}");
    }

    async fn a_tenant_is_found_by_id_slug_and_reference(kit: Kit) {
        let made = add(&kit, &NewTenant { external_ref: Some("crm-7".into()), ..new("A", Some("alpha")) }).await.unwrap().tenant;
        for name in [made.id.to_string().as_str(), "alpha", "ref:crm-7"] {
            assert_eq!(tenants::find(&kit.house, name).await.unwrap().as_ref(), Some(&made), "{name}");
        }
        for name in ["beta", "crm-7", "ref:alpha", "ref:", "", "ALPHA"] {
            assert_eq!(tenants::find(&kit.house, name).await.unwrap(), None, "{name}");
        }
    }

    async fn what_is_taken_is_refused_and_a_made_slug_finds_a_free_one(kit: Kit) {
        let first = NewTenant { twilio_phone_number: Some("514 555 0100".into()), external_ref: Some("r".into()), ..new("Chez Zoé", None) };
        assert_eq!(add(&kit, &first).await.unwrap().tenant.slug, "chez-zoe");
        assert_eq!(refused(add(&kit, &new("B", Some("chez-zoe"))).await), "slug_taken");
        let number = NewTenant { twilio_phone_number: Some("+15145550100".into()), ..new("C", None) };
        assert_eq!(refused(add(&kit, &number).await), "number_taken");
        let reference = NewTenant { external_ref: Some("r".into()), ..new("D", None) };
        assert_eq!(refused(add(&kit, &reference).await), "ref_taken");
        assert_eq!(add(&kit, &new("Chez Zoé", None)).await.unwrap().tenant.slug, "chez-zoe-2");
        assert_eq!(tenants::totals(&kit.house, &kit.operator).await.unwrap(), (2, 0, 2), "a refused tenant was kept");
    }

    async fn tenants_made_at_once_have_numbers_of_their_own(kit: Kit) {
        let all: Vec<NewTenant> = (0..5).map(|n| new(&"x".repeat(n + 1), Some(&format!("tenant-{n}")))).collect();
        let mut numbers: Vec<_> = join_all(all.iter().map(|n| add(&kit, n))).await.into_iter().map(|a| a.unwrap().tenant.public_no).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4, 5]);
    }

    async fn fields_are_checked(kit: Kit) {
        let good = new("Good", Some("good"));
        for bad in [
            NewTenant { company_name: " ".into(), ..good.clone() },
            NewTenant { company_name: "x".repeat(201), ..good.clone() },
            NewTenant { owner_email: "no address".into(), ..good.clone() },
            NewTenant { owner_email: "a@b@c.test".into(), ..good.clone() },
            NewTenant { slug: Some("Not A Slug".into()), ..good.clone() },
            NewTenant { slug: Some("019335a0-0000-7000-8000-000000000000".into()), ..good.clone() },
            NewTenant { plan_tier: Some("free".into()), ..good.clone() },
            NewTenant { locale: Some("de".into()), ..good.clone() },
            NewTenant { timezone: Some("Mars/Olympus".into()), ..good.clone() },
            NewTenant { owner_phone: Some("12".into()), ..good.clone() },
        ] {
            assert_eq!(refused(add(&kit, &bad).await), "invalid", "{bad:?}");
        }
        let ok = NewTenant { skip_trial: true, owner_phone: Some("  ".into()), ..good };
        assert_eq!(add(&kit, &ok).await.unwrap().tenant.subscription_status, "active");
    }

    async fn a_person_who_owns_two_tenants_is_one_person(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let second = NewTenant { owner_email: tenant.owner_email.to_uppercase(), ..new("Second", None) };
        let added = add(&kit, &second).await.unwrap();
        assert_eq!(added.owner, tenant.owner);
        assert!(added.link.is_none(), "they have a password already");
        let me = vestibule_domain::people::me(&kit.house, tenant.owner).await.unwrap();
        assert_eq!(me.memberships.len(), 2);
    }

    async fn a_change_is_kept_audited_and_idempotent(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.clock.advance_ms(1);
        let change = TenantChange {
            company_name: Some(" North Shore ".into()),
            subscription_status: Some("suspended".into()),
            timezone: Some("Europe/Paris".into()),
            ..TenantChange::default()
        };
        let after = update(&kit, "north-shore", change.clone()).await.unwrap();
        assert_eq!((after.company_name.as_str(), after.subscription_status.as_str(), after.locale.as_str()), ("North Shore", "suspended", "en"));
        assert_eq!(after.updated_at, kit.house.world.now());
        kit.clock.advance_ms(1);
        assert_eq!(update(&kit, "north-shore", change).await.unwrap(), after, "the same change again changed something");
        assert_eq!(audited(&kit, &tenant).await[0].0, "tenant.changed");
        assert_eq!(tenants::find(&kit.house, "north-shore").await.unwrap(), Some(after));
        for bad in [
            TenantChange { subscription_status: Some("gone".into()), ..TenantChange::default() },
            TenantChange { provisioning_status: Some("gone".into()), ..TenantChange::default() },
            TenantChange { company_name: Some(String::new()), ..TenantChange::default() },
        ] {
            assert_eq!(refused(update(&kit, "north-shore", bad).await), "invalid");
        }
        assert_eq!(refused(update(&kit, "nobody", TenantChange::default()).await), "not_found");
    }

    async fn a_time_zone_is_heeded_at_once(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        kit.send(&tenant, &tenant.sample("call_started").body()).await;
        kit.fold_all().await;
        update(&kit, "north-shore", TenantChange { timezone: Some("Asia/Tokyo".into()), ..TenantChange::default() }).await.unwrap();
        kit.send(&tenant, &tenant.sample("call_started").call("second").body()).await;
        kit.fold_all().await;
        let sql = vestibule_store::tsql!("SELECT local_day FROM calls WHERE tenant_id = $1 ORDER BY local_day");
        let days = inside!(kit, tenant, |tx| tx.rows(sql, &[]).await.unwrap());
        let days: Vec<_> = days.iter().map(|r| r.text("local_day").unwrap()).collect();
        assert_eq!(days, ["2026-11-20", "2026-11-21"]);
    }

    async fn tenants_are_listed_filtered_and_paged(kit: Kit) {
        for n in 0..5 {
            kit.clock.advance_ms(1);
            let plan = if n % 2 == 0 { "starter" } else { "premium" };
            let tenant = NewTenant { plan_tier: Some(plan.into()), skip_trial: n == 4, ..new(&format!("Company_{n}%"), Some(&format!("company-{n}"))) };
            add(&kit, &tenant).await.unwrap();
        }
        update(&kit, "company-1", TenantChange { provisioning_status: Some("live".into()), ..TenantChange::default() }).await.unwrap();
        let slugs = async |filter: TenantFilter| {
            let (mut after, mut seen) = (None, Vec::new());
            loop {
                let page = tenants::list(&kit.house, &kit.operator, &TenantFilter { after, limit: 2, ..filter.clone() }).await.unwrap();
                assert!(page.items.len() <= 2);
                seen.extend(page.items.iter().map(|t| t.slug.trim_start_matches("company-").to_owned()));
                match page.next {
                    Some(next) => after = Some((UnixMs(next.key), vestibule_model::TenantId(next.id))),
                    None => return seen.join(" "),
                }
            }
        };
        let search = |text: &str| TenantFilter { search: Some(text.into()), ..TenantFilter::default() };
        assert_eq!(slugs(TenantFilter::default()).await, "4 3 2 1 0");
        assert_eq!(slugs(search("COMPANY_3")).await, "3");
        assert_eq!(slugs(search("%")).await, "4 3 2 1 0", "a percent sign is a percent sign");
        assert_eq!(slugs(search("y%2")).await, "");
        assert_eq!(slugs(search("owners.test")).await, "4 3 2 1 0");
        assert_eq!(slugs(TenantFilter { plan: Some("premium".into()), ..TenantFilter::default() }).await, "3 1");
        assert_eq!(slugs(TenantFilter { status: Some("active".into()), ..TenantFilter::default() }).await, "4");
        assert_eq!(slugs(TenantFilter { status: Some("pending".into()), ..TenantFilter::default() }).await, "4 3 2 0");
        assert_eq!(tenants::totals(&kit.house, &kit.operator).await.unwrap(), (5, 1, 4));
    }

    async fn a_deleted_tenant_is_no_longer_found(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await.unwrap();
        assert_eq!(tenants::find(&kit.house, "north-shore").await.unwrap(), None);
        assert_eq!(tenants::find(&kit.house, &tenant.id().to_string()).await.unwrap(), None);
        assert_eq!(refused(tenants::delete(&kit.house, &kit.mint, &kit.operator, "north-shore").await), "not_found");
        assert!(audited(&kit, &tenant).await.iter().any(|(what, _)| what == "tenant.deleted"));
        let me = vestibule_domain::people::me(&kit.house, tenant.owner).await.unwrap();
        assert!(me.memberships.is_empty());
    }

    async fn figures_count_this_tenant_only(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for name in ["call_analyzed", "call_started_web"] {
            kit.send(&tenant, &tenant.sample(name).body()).await;
        }
        kit.send(&tenant, &vestibule_testkit::retell_sample("call_started_dashboard_test").body()).await;
        let last_month = tenant.sample("call_ended_not_connected").call("old").later(-40 * 86_400_000);
        kit.send(&tenant, &last_month.body()).await;
        kit.fold_all().await;
        let now = kit.house.world.now();
        let figures = inside!(kit, tenant, |tx| tenants::stats(tx, "America/Toronto", now).await.unwrap());
        assert_eq!((figures.calls_total, figures.calls_this_month, figures.contacts_total), (3, 2, 2), "{figures:?}");
        assert_eq!((figures.deliveries_owed, figures.deliveries_dead), (1, 0));
        assert_eq!(figures.last_call_at, Some(UnixMs(1_795_222_800_000)));
        let none = add(&kit, &new("Empty", None)).await.unwrap().tenant;
        let scope = kit.mint.tenant(none.id, vestibule_access::Actor::System("test"));
        let empty = async || {
            let mut tx = kit.house.db.read_in(&scope).await.unwrap();
            let figures = tenants::stats(&mut tx.tenant(&scope).await.unwrap(), "UTC", now).await.unwrap();
            assert_eq!((figures.calls_total, figures.calls_this_month, figures.contacts_total), (0, 0, 0));
            assert_eq!((figures.deliveries_owed, figures.deliveries_dead, figures.last_call_at), (0, 0, None));
        };
        empty().await;
        inside!(kit, tenant, |tx| vestibule_domain::outbox::delete(&kit.house, tx, tenant.endpoint.id).await.unwrap());
        let figures = inside!(kit, tenant, |tx| tenants::stats(tx, "America/Toronto", now).await.unwrap());
        assert_eq!((figures.deliveries_owed, figures.deliveries_dead), (0, 1));
        empty().await;
    }
}
