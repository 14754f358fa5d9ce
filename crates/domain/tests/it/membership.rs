//! Belonging to a tenant: invited, joined, given another role, let go.

use crate::links::{disable, post, token_in_last_mail, token_of};
use crate::look::refused;
use crate::mail::mails;
use crate::people::{sign_in, visit};
use futures::future::join_all;
use secrecy::{ExposeSecret, SecretString};
use vestibule_access::Principal;
use vestibule_domain::people::{self, InvitationRecord, NewInvitation};
use vestibule_domain::{Error, audit};
use vestibule_model::{Role, TenantId, UserId};
use vestibule_store::directory::people::{self as directory, UserRecord};
use vestibule_testkit::{Kit, PASSWORD, TestTenant, both_databases, inside};

const NEW: &str = "plumbers sing at noon";

async fn invite(kit: &Kit, to: &TestTenant, email: &str, role: Role) -> Result<InvitationRecord, Error> {
    invite_as(kit, to, Role::Owner, email, role).await
}

async fn invite_as(
    kit: &Kit,
    to: &TestTenant,
    own: Role,
    email: &str,
    role: Role,
) -> Result<InvitationRecord, Error> {
    let new = NewInvitation { email: email.into(), role, locale: None };
    people::invite(&kit.house, &to.scope, own, &new).await
}

async fn accept(kit: &Kit, token: &str) -> Result<people::SignedIn, Error> {
    people::accept_new(&kit.house, &kit.mint, &visit(kit), token, "Nadia Neuve", &SecretString::from(NEW))
        .await
}

/// Makes a member by an invitation.
async fn member(kit: &Kit, of: &TestTenant, email: &str, role: Role) -> UserId {
    invite(kit, of, email, role).await.unwrap();
    let token = token_in_last_mail(kit, email).await;
    accept(kit, &token).await.unwrap().user.id
}

async fn roles(kit: &Kit, of: &TestTenant) -> Vec<(String, Role)> {
    let found = people::list_members(&kit.house, &of.scope).await.unwrap();
    found.into_iter().map(|m| (m.email, m.role)).collect()
}

async fn told(kit: &Kit, of: &TestTenant) -> Vec<String> {
    let rows = inside!(kit, of, |tx| audit::newest(tx, 50).await.unwrap());
    assert!(
        rows.iter().all(|row| !format!("{row:?}").contains('@')),
        "an address is in the audit log: {rows:?}"
    );
    let mut told: Vec<_> =
        rows.into_iter().map(|row| row.action).filter(|a| a.starts_with("person.")).collect();
    // Within one millisecond they stand in no order.
    told.sort();
    told
}

/// The role that whoever shows a session has in a tenant.
async fn role_of(kit: &Kit, token: &SecretString, tenant: TenantId) -> Option<Role> {
    let session = people::principal(&kit.house, token.expose_secret()).await.unwrap().unwrap();
    let Principal::Person { .. } = &session.principal else { panic!() };
    session.principal.role_in(tenant)
}

both_databases! {
    async fn req_0_56_somebody_new_is_invited_and_joins(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let made = invite(&kit, &tenant, " Nadia@People.test ", Role::Staff).await.unwrap();
        assert_eq!((made.email.as_str(), made.role), ("nadia@people.test", Role::Staff));
        let owed = mails(&kit, &tenant).await;
        assert_eq!(owed.iter().map(|m| (m.kind.as_str(), m.to.as_str())).collect::<Vec<_>>(), [("person.invited", "nadia@people.test")]);
        let sent = post(&kit).await;
        let token = token_of(&sent, "nadia@people.test");
        assert!(sent[0].text.contains("Odile Owner invites you to join north-shore company as a member of staff"), "{}", sent[0].text);
        let seen = people::look(&kit.house, &token).await.unwrap();
        assert_eq!((seen.tenant.id, seen.invitation.role, seen.has_account), (tenant.id(), Role::Staff, false));
        assert_eq!(refused(people::accept_new(&kit.house, &kit.mint, &visit(&kit), &token, " \n ", &SecretString::from(NEW)).await), "invalid");
        assert_eq!(refused(people::accept_new(&kit.house, &kit.mint, &visit(&kit), &token, "N", &SecretString::from("short")).await), "password_too_short");
        let shown = accept(&kit, &token).await.unwrap();
        assert_eq!((shown.user.name.as_deref(), shown.user.email.as_str()), (Some("Nadia Neuve"), "nadia@people.test"));
        assert_eq!(role_of(&kit, &shown.token, tenant.id()).await, Some(Role::Staff));
        assert_eq!(role_of(&kit, &shown.token, tenant.twin().id()).await, None);
        assert_eq!(refused(accept(&kit, &token).await), "link_invalid");
        assert_eq!(refused(people::look(&kit.house, &token).await), "link_invalid");
        assert!(people::list_invitations(&kit.house, &tenant.scope).await.unwrap().is_empty());
        assert_eq!(told(&kit, &tenant).await, ["person.invited", "person.joined"]);
        sign_in(&kit, "nadia@people.test", NEW).await.unwrap();
    }

    async fn whoever_has_an_account_joins_signed_in_with_that_address(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let elsewhere = tenant.twin();
        invite(&kit, &tenant, &elsewhere.owner_email, Role::Manager).await.unwrap();
        let token = token_in_last_mail(&kit, &elsewhere.owner_email).await;
        assert!(people::look(&kit.house, &token).await.unwrap().has_account);
        // The link alone sets no password of an account that has one.
        assert_eq!(refused(accept(&kit, &token).await), "account_exists");
        sign_in(&kit, &elsewhere.owner_email, PASSWORD).await.unwrap();
        // Another person's session is of no use, and uses nothing up.
        let other = member(&kit, &tenant, "other@people.test", Role::Viewer).await;
        assert_eq!(refused(people::accept_signed_in(&kit.house, &kit.mint, other, &token).await), "another_address");
        let joined = people::accept_signed_in(&kit.house, &kit.mint, elsewhere.owner, &token).await.unwrap();
        assert_eq!(joined, tenant.id());
        assert_eq!(role_of(&kit, &elsewhere.session, tenant.id()).await, Some(Role::Manager));
        assert_eq!(role_of(&kit, &elsewhere.session, elsewhere.id()).await, Some(Role::Owner), "the other membership stays");
        assert_eq!(refused(people::accept_signed_in(&kit.house, &kit.mint, elsewhere.owner, &token).await), "link_invalid");
    }

    async fn the_inviter_hears_the_same_whether_or_not_an_address_has_an_account(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let known = invite(&kit, &tenant, &tenant.twin().owner_email, Role::Staff).await.unwrap();
        let unknown = invite(&kit, &tenant, "nobody@nowhere.test", Role::Staff).await.unwrap();
        let plain = |one: InvitationRecord| (one.role, one.locale, one.invited_by, one.created_at, one.sent_at, one.expires_at);
        assert_eq!(plain(known), plain(unknown));
        let owed = mails(&kit, &tenant).await;
        assert!(owed.len() == 2 && owed[0].subject == owed[1].subject && owed[0].kind == owed[1].kind);
        // A member of the same tenant is no secret to it.
        assert_eq!(refused(invite(&kit, &tenant, &tenant.owner_email, Role::Staff).await), "invalid");
        assert_eq!(refused(invite(&kit, &tenant, "no address", Role::Staff).await), "invalid");
    }

    async fn an_invitation_is_one_for_each_tenant_and_address(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let one = invite(&kit, &tenant, "nadia@people.test", Role::Staff).await.unwrap();
        let first = token_in_last_mail(&kit, "nadia@people.test").await;
        assert_eq!(invite(&kit, &tenant, "NADIA@people.test", Role::Staff).await.unwrap(), one);
        assert_eq!(kit.post_all().await, 0, "the same again within a minute sends nothing");
        // Another role takes its place, and so does the same one later; the older link ends.
        kit.clock.advance_ms(1_000);
        let other = invite(&kit, &tenant, "nadia@people.test", Role::Viewer).await.unwrap();
        assert_eq!((other.id, other.role, other.created_at), (one.id, Role::Viewer, one.created_at));
        let second = token_in_last_mail(&kit, "nadia@people.test").await;
        assert_eq!(refused(people::look(&kit.house, &first).await), "link_invalid");
        assert_eq!(people::invite_again(&kit.house, &tenant.scope, Role::Owner, one.id).await.unwrap(), other);
        assert_eq!(kit.post_all().await, 0);
        kit.clock.advance_ms(60_000);
        let again = people::invite_again(&kit.house, &tenant.scope, Role::Owner, one.id).await.unwrap();
        assert_eq!(again.expires_at.since(kit.house.world.now()), people::INVITATION_MS);
        let third = token_in_last_mail(&kit, "nadia@people.test").await;
        assert_eq!(refused(people::look(&kit.house, &second).await), "link_invalid");
        assert_eq!(people::list_invitations(&kit.house, &tenant.scope).await.unwrap().len(), 1);
        // The twin invites the same address by itself.
        invite(&kit, tenant.twin(), "nadia@people.test", Role::Owner).await.unwrap();
        let theirs = token_in_last_mail(&kit, "nadia@people.test").await;
        assert_eq!(people::look(&kit.house, &third).await.unwrap().invitation.tenant, tenant.id());
        assert_eq!(people::look(&kit.house, &theirs).await.unwrap().invitation.tenant, tenant.twin().id());
        kit.twin_changed(tenant.twin()).await;
        // A week, and no longer.
        kit.clock.advance_ms(people::INVITATION_MS - 1);
        people::look(&kit.house, &third).await.unwrap();
        kit.clock.advance_ms(1);
        assert_eq!(refused(accept(&kit, &third).await), "link_invalid");
        assert_eq!(people::list_invitations(&kit.house, &tenant.scope).await.unwrap().len(), 1, "it can be sent again");
    }

    async fn an_invitation_is_withdrawn_by_its_own_tenant_only(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let one = invite(&kit, &tenant, "nadia@people.test", Role::Staff).await.unwrap();
        let token = token_in_last_mail(&kit, "nadia@people.test").await;
        let twin = &tenant.twin().scope;
        assert_eq!(refused(people::withdraw(&kit.house, twin, Role::Owner, one.id).await), "not_found");
        assert_eq!(refused(people::invite_again(&kit.house, twin, Role::Owner, one.id).await), "not_found");
        assert!(people::list_invitations(&kit.house, twin).await.unwrap().is_empty());
        people::withdraw(&kit.house, &tenant.scope, Role::Manager, one.id).await.unwrap();
        assert_eq!(refused(accept(&kit, &token).await), "link_invalid");
        assert_eq!(refused(people::withdraw(&kit.house, &tenant.scope, Role::Manager, one.id).await), "not_found");
        assert_eq!(told(&kit, &tenant).await, ["person.invitation_withdrawn", "person.invited"]);
    }

    async fn nobody_acts_above_their_own_role(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let owners = invite(&kit, &tenant, "second@people.test", Role::Owner).await.unwrap();
        let (house, scope) = (&kit.house, &tenant.scope);
        assert_eq!(refused(invite_as(&kit, &tenant, Role::Manager, "x@people.test", Role::Owner).await), "above_own_role");
        assert_eq!(refused(invite_as(&kit, &tenant, Role::Manager, "second@people.test", Role::Staff).await), "above_own_role");
        assert_eq!(refused(people::invite_again(house, scope, Role::Manager, owners.id).await), "above_own_role");
        assert_eq!(refused(people::withdraw(house, scope, Role::Manager, owners.id).await), "above_own_role");
        assert_eq!(refused(people::change_role(house, scope, Role::Manager, tenant.owner, Role::Staff).await), "above_own_role");
        assert_eq!(refused(people::remove(house, scope, Role::Manager, tenant.owner).await), "above_own_role");
        let staff = member(&kit, &tenant, "staff@people.test", Role::Staff).await;
        assert_eq!(refused(people::change_role(house, scope, Role::Manager, staff, Role::Owner).await), "above_own_role");
        people::change_role(house, scope, Role::Manager, staff, Role::Manager).await.unwrap();
        people::remove(house, scope, Role::Manager, staff).await.unwrap();
        let all = [("owner@north-shore.test".to_owned(), Role::Owner)];
        assert_eq!(roles(&kit, &tenant).await, all);
    }

    async fn an_owner_stays(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (house, scope, first) = (&kit.house, &tenant.scope, tenant.owner);
        for role in [Role::Manager, Role::Viewer] {
            assert_eq!(refused(people::change_role(house, scope, Role::Owner, first, role).await), "last_owner");
        }
        assert_eq!(refused(people::remove(house, scope, Role::Owner, first).await), "last_owner");
        people::change_role(house, scope, Role::Owner, first, Role::Owner).await.unwrap();
        let second = member(&kit, &tenant, "second@people.test", Role::Owner).await;
        // Both want the other out, or themselves, at the same moment: one stays.
        let both = join_all([first, second].map(|one| people::remove(house, scope, Role::Owner, one))).await;
        let codes: Vec<_> = both.into_iter().map(|done| done.err().map(|e| e.to_string())).collect();
        assert!(codes.contains(&None) && codes.contains(&Some("refused: last_owner".into())), "{codes:?}");
        assert_eq!(roles(&kit, &tenant).await.len(), 1);
        assert_eq!(roles(&kit, tenant.twin()).await.len(), 1);
    }

    async fn an_owner_who_was_disabled_does_not_count(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let second = member(&kit, &tenant, "second@people.test", Role::Owner).await;
        disable(&kit, second).await;
        assert_eq!(refused(people::remove(&kit.house, &tenant.scope, Role::Owner, tenant.owner).await), "last_owner");
    }

    async fn whoever_is_let_go_finds_nothing_there(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let (house, scope) = (&kit.house, &tenant.scope);
        let staff = member(&kit, &tenant, "staff@people.test", Role::Staff).await;
        let session = sign_in(&kit, "staff@people.test", NEW).await.unwrap().token;
        assert_eq!(refused(people::remove(house, &tenant.twin().scope, Role::Owner, staff).await), "not_found");
        assert_eq!(refused(people::change_role(house, &tenant.twin().scope, Role::Owner, staff, Role::Viewer).await), "not_found");
        people::change_role(house, scope, Role::Owner, staff, Role::Viewer).await.unwrap();
        assert_eq!(role_of(&kit, &session, tenant.id()).await, Some(Role::Viewer));
        people::remove(house, scope, Role::Owner, staff).await.unwrap();
        assert_eq!(role_of(&kit, &session, tenant.id()).await, None);
        assert_eq!(refused(people::remove(house, scope, Role::Owner, staff).await), "not_found");
        assert_eq!(told(&kit, &tenant).await, ["person.invited", "person.joined", "person.removed", "person.role_changed"]);
        // And may be invited again, as somebody who has an account.
        invite(&kit, &tenant, "staff@people.test", Role::Viewer).await.unwrap();
        let token = token_in_last_mail(&kit, "staff@people.test").await;
        people::accept_signed_in(house, &kit.mint, staff, &token).await.unwrap();
        assert_eq!(role_of(&kit, &session, tenant.id()).await, Some(Role::Viewer));
    }

    async fn an_account_that_never_had_a_password_is_finished_by_its_invitation(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        let user = UserRecord {
            id: kit.house.world.new_id::<UserId>(),
            email: "half@people.test".into(),
            name: None,
            locale: "fr".into(),
            password_phc: None,
            platform_role: None,
            failed_count: 0,
            locked_until: None,
            disabled_at: None,
        };
        let mut tx = kit.house.db.write().await.unwrap();
        directory::insert(&mut tx, &user, kit.house.world.now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(member(&kit, &tenant, "half@people.test", Role::Viewer).await, user.id);
        // Somebody who was disabled joins nothing.
        invite(&kit, &tenant, "gone@people.test", Role::Viewer).await.unwrap();
        let token = token_in_last_mail(&kit, "gone@people.test").await;
        let gone = UserRecord { id: kit.house.world.new_id::<UserId>(), email: "gone@people.test".into(), ..user };
        let mut tx = kit.house.db.write().await.unwrap();
        directory::insert(&mut tx, &gone, kit.house.world.now()).await.unwrap();
        tx.commit().await.unwrap();
        disable(&kit, gone.id).await;
        assert_eq!(refused(accept(&kit, &token).await), "link_invalid");
    }

    async fn a_tenant_has_a_hundred_open_invitations_at_most(kit: Kit) {
        let tenant = kit.tenant("north-shore").await;
        for n in 0..100 {
            invite(&kit, &tenant, &format!("n{n}@people.test"), Role::Viewer).await.unwrap();
        }
        assert_eq!(refused(invite(&kit, &tenant, "one-more@people.test", Role::Viewer).await), "too_many_invitations");
        invite(&kit, &tenant, "n7@people.test", Role::Staff).await.unwrap();
        invite(&kit, tenant.twin(), "one-more@people.test", Role::Viewer).await.unwrap();
        kit.twin_changed(tenant.twin()).await;
    }
}
