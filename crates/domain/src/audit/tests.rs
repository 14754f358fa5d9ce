//! The chain by itself: what its hash covers, and how a file of it is checked.

use super::anchor::Anchor;
use super::chain::{Entry, FaultKind, GENESIS, Link, without_nul};
use super::verify_lines;
use serde_json::{Value, json};
use vestibule_model::{AuditId, TenantId, UnixMs, ids::uuid_v7};

fn entry(n: u8) -> Entry {
    Entry {
        tenant: TenantId(uuid_v7(UnixMs(1), &[1; 10])),
        id: AuditId(uuid_v7(UnixMs(1_795_219_200_000 + i64::from(n)), &[n; 10])),
        at: UnixMs(1_795_219_200_000 + i64::from(n)),
        actor: "system:test".into(),
        action: "endpoint.changed".into(),
        object_kind: "endpoint".into(),
        object_id: format!("é{n}"),
        doc: json!({ "b": 1.0, "a": ["ü", null, true, 1e21] }),
    }
}

fn chain(rows: u8) -> Vec<Link> {
    let mut last = (0, GENESIS);
    (1..=rows)
        .map(|n| {
            let link = entry(n).link(last.0 + 1, last.1);
            last = (link.seq, link.hash);
            link
        })
        .collect()
}

fn lines(links: &[Link]) -> Vec<String> {
    links.iter().map(|link| link.line().to_string()).collect()
}

fn fault(lines: &[String]) -> Option<(usize, FaultKind)> {
    verify_lines(lines.iter().map(String::as_str)).fault.map(|(line, fault)| (line, fault.kind))
}

#[test]
fn a_hash_is_what_the_documents_say() {
    // docs/ops/audit.md gives this row and this hash: whoever changes the encoding makes a new version.
    let link = entry(1).link(1, GENESIS);
    let mut line = link.line();
    let hash = line.as_object_mut().unwrap().remove("hash").unwrap();
    let bytes = vestibule_vault::canonical_json(&line);
    assert_eq!(hash, hex::encode(vestibule_vault::sha256(&bytes)));
    assert_eq!(hash, "9bd6e07bb1a3db41991568426e1ccbb8377256aa14293cc4130c885c3ab74ee5");
    assert_eq!(
        String::from_utf8(bytes).unwrap(),
        r#"{"action":"endpoint.changed","actor":"system:test","at":1795219200001,"doc":{"a":["ü",null,true,1e+21],"b":1},"id":"01a1fb67-1801-7101-8101-010101010101","object_id":"é1","object_kind":"endpoint","prev_hash":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"tenant_id":"00000000-0001-7101-8101-010101010101","v":1}"#
    );
}

#[test]
fn a_file_is_whole_or_says_where_it_is_not() {
    let links = chain(5);
    let good = lines(&links);
    assert_eq!(fault(&good), None);
    // A change of any character of any line is noticed.
    for (number, line) in good.iter().enumerate() {
        for (at, character) in line.char_indices() {
            let other = if character == '7' { '8' } else { '7' };
            let mut altered = good.clone();
            altered[number].replace_range(at..at + character.len_utf8(), &other.to_string());
            let same: Option<Value> = serde_json::from_str(&altered[number]).ok();
            if same == serde_json::from_str(line).ok() {
                continue;
            }
            let found = fault(&altered);
            assert!(found.is_some_and(|(at, _)| at <= number + 2), "{number} {at}: {found:?}");
        }
    }
    let without = |n: usize| {
        let mut some = good.clone();
        some.remove(n);
        fault(&some)
    };
    assert_eq!(without(2), Some((3, FaultKind::Missing)));
    let mut turned = good.clone();
    turned.swap(2, 3);
    assert_eq!(fault(&turned), Some((3, FaultKind::Missing)));
    let mut doubled = good.clone();
    doubled.insert(3, good[2].clone());
    assert_eq!(fault(&doubled), Some((4, FaultKind::Missing)));
    // A row that was written anew, with a hash of its own: the next one does not follow.
    let mut forged = good.clone();
    let liar = Entry { actor: "person:somebody".into(), ..links[2].entry.clone() };
    forged[2] = liar.link(3, links[2].prev_hash).line().to_string();
    assert_eq!(fault(&forged), Some((4, FaultKind::Unlinked)));
    // What stands in a line besides is not covered by the hash.
    let mut more = good.clone();
    more[1] = good[1].replacen('{', "{\"note\":\"innocent\",", 1);
    assert_eq!(fault(&more), Some((2, FaultKind::Altered)));
    // From the middle on.
    let part = verify_lines(good[2..].iter().map(String::as_str));
    assert!(part.fault.is_none() && part.begins_at == Some(3) && part.rows == 3, "{part:?}");
}

#[test]
fn the_end_of_a_file_is_told_by_its_head() {
    let links = chain(3);
    let last = links.last().unwrap();
    let head = Anchor {
        tenant: last.entry.tenant,
        seq: last.seq,
        hash: last.hash,
        at: UnixMs(5),
        kid: "k".into(),
        signature: vec![1, 2],
    };
    assert_eq!(Anchor::parse(&head.line()), Some(head.clone()));
    let mut whole = lines(&links);
    whole.push(head.line());
    assert_eq!(verify_lines(whole.iter().map(String::as_str)).head, Some(head.clone()));
    let mut cut = lines(&links[..2]);
    cut.push(head.line());
    assert_eq!(fault(&cut), Some((3, FaultKind::Head)));
    whole.push(links[0].line().to_string());
    assert_eq!(fault(&whole), Some((5, FaultKind::Outside)));
}

#[test]
fn what_postgres_does_not_keep_is_not_hashed() {
    let kept = without_nul(json!({ "a\u{0}b": ["x\u{0}", 1, { "y": "\u{0}" }] }));
    assert_eq!(kept, json!({ "a\u{fffd}b": ["x\u{fffd}", 1, { "y": "\u{fffd}" }] }));
}
