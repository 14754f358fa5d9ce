use super::{Case, Sent, Signed, vectors};
use vestibule_vault::Credentials;

pub(super) fn case() -> Case {
    let vectors = vectors("twilio");
    let vector = vectors.iter().find(|v| v["name"] == "inbound-voice-tenant-query").unwrap();
    let headers = vector["headers"].as_object().unwrap();
    let request = Sent {
        method: "POST",
        url: vector["url"].as_str().unwrap().to_owned(),
        headers: headers.iter().map(|(n, v)| (n.clone(), v.as_str().unwrap().to_owned())).collect(),
        body: vector["body"].as_str().unwrap().as_bytes().to_vec(),
        now: 0,
    };
    let genuine = Signed {
        request,
        keys: Credentials::of("auth_token", vector["credentials"]["auth_token"].as_str().unwrap()),
        others: Credentials::of("auth_token", "other"),
        signature: "x-twilio-signature",
    };
    Case {
        provider: "twilio",
        genuine,
        // No time is signed.
        too_long: None,
        vectors,
        ending: "form",
        // Composed of the same ids.
        same_event: &[&["voice-incoming", "voice-incoming-forwarded-anonymous"]],
        event: |name| format!("AccountSid=AC1&StatusCallbackEvent={name}").into_bytes(),
        unreadable: &[
            ("hello", "not_a_form"),
            ("", "not_a_form"),
            ("[]", "not_a_form"),
            ("{", "not_a_form"),
            ("CallSid=%01&CallStatus=completed&CallbackSource=call-progress-events", "no_call_id"),
        ],
        never_told: &[],
        never_kept: &[],
        words: &[
            "CallSid",
            "ParentCallSid",
            "MessageSid",
            "CallStatus",
            "CallbackSource",
            "Direction",
            "From",
            "To",
            "Timestamp",
            "CallDuration",
            "DialCallStatus",
            "DialBridged",
            "RecordingSid",
            "RecordingStatus",
            "RecordingUrl",
            "AnsweredBy",
            "ErrorUrl",
            "Digits",
            "StreamEvent",
        ],
        folded: None,
    }
}
