use serde_json::json;

use super::*;

/// What a message is answered with, as an error's code or a result.
fn ask(protocol: &mut Protocol, message: &Value) -> Result<Value, i64> {
    match protocol.take(message.to_string().as_bytes()) {
        Answer::Send(answer) => match answer["error"]["code"].as_i64() {
            Some(code) => Err(code),
            None => Ok(answer["result"].clone()),
        },
        other => panic!("{message}: {other:?}"),
    }
}

fn request(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params })
}

fn initialized(version: &str) -> (Protocol, Value) {
    let mut protocol = Protocol::default();
    let params = json!({ "protocolVersion": version, "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } });
    let answer = ask(&mut protocol, &request("initialize", params)).unwrap();
    (protocol, answer)
}

fn stateless(method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({ VERSION: "2026-07-28", CAPABILITIES: {} });
    request(method, params)
}

#[test]
fn a_session_has_a_revision_that_both_speak() {
    for (asked, spoken) in [
        ("2025-06-18", "2025-06-18"),
        ("2025-11-25", "2025-11-25"),
        ("2024-11-05", "2025-11-25"),
        ("2026-07-28", "2025-11-25"),
        ("nonsense", "2025-11-25"),
    ] {
        let (mut protocol, answer) = initialized(asked);
        assert_eq!(answer["protocolVersion"], spoken, "{asked}");
        assert!(answer["capabilities"]["tools"].is_object() && answer["serverInfo"]["name"] == "stack");
        let list = ask(&mut protocol, &request("tools/list", json!({}))).unwrap();
        assert_eq!(list["tools"].as_array().unwrap().len(), 7);
        assert!(list["resultType"].is_null() && list["_meta"].is_null());
        assert_eq!(ask(&mut protocol, &request("ping", json!({}))), Ok(json!({})));
    }
}

#[test]
fn nothing_but_a_ping_comes_before_a_session() {
    let mut protocol = Protocol::default();
    assert_eq!(ask(&mut protocol, &request("tools/list", json!({}))), Err(INVALID_REQUEST));
    assert_eq!(ask(&mut protocol, &request("tools/call", json!({ "name": "plan" }))), Err(INVALID_REQUEST));
    assert_eq!(ask(&mut protocol, &request("ping", json!({}))), Ok(json!({})));
    assert_eq!(ask(&mut protocol, &request("initialize", json!({}))), Err(INVALID_PARAMS));
    let (mut protocol, _) = initialized("2025-11-25");
    let again = request("initialize", json!({ "protocolVersion": "2025-11-25" }));
    assert_eq!(ask(&mut protocol, &again), Err(INVALID_REQUEST));
    assert_eq!(ask(&mut protocol, &stateless("tools/list", json!({}))), Err(INVALID_REQUEST));
}

#[test]
fn without_a_session_each_request_carries_its_revision() {
    let mut protocol = Protocol::default();
    let mut other = stateless("server/discover", json!({}));
    other["params"]["_meta"][VERSION] = json!("2099-01-01");
    let Answer::Send(refused) = protocol.take(other.to_string().as_bytes()) else { panic!() };
    assert_eq!(refused["error"]["code"], UNSUPPORTED_VERSION);
    assert_eq!(
        refused["error"]["data"],
        json!({ "requested": "2099-01-01", "supported": ["2026-07-28", "2025-11-25", "2025-06-18"] })
    );
    let mut incapable = stateless("server/discover", json!({}));
    incapable["params"]["_meta"].as_object_mut().unwrap().remove(CAPABILITIES);
    assert_eq!(ask(&mut protocol, &incapable), Err(INVALID_PARAMS));
    // What was refused decided nothing: a session could still begin.
    assert_eq!(protocol.era, None);

    let found = ask(&mut protocol, &stateless("server/discover", json!({}))).unwrap();
    assert_eq!(found["supportedVersions"][0], "2026-07-28");
    assert_eq!((&found["resultType"], &found["cacheScope"]), (&json!("complete"), &json!("private")));
    assert_eq!(found["_meta"][SERVER_INFO]["name"], "stack");
    let list = ask(&mut protocol, &stateless("tools/list", json!({}))).unwrap();
    assert!(list["ttlMs"].is_u64() && list["resultType"] == "complete");
    assert_eq!(ask(&mut protocol, &stateless("ping", json!({}))), Err(METHOD_NOT_FOUND));
    assert_eq!(ask(&mut protocol, &request("tools/list", json!({}))), Err(INVALID_PARAMS));
    let late = request("initialize", json!({ "protocolVersion": "2025-11-25" }));
    assert_eq!(ask(&mut protocol, &late), Err(UNSUPPORTED_VERSION));
}

#[test]
fn what_is_no_request_is_refused_and_never_answered_twice() {
    let (mut protocol, _) = initialized("2025-11-25");
    for (line, code) in [
        (&b"{"[..], PARSE_ERROR),
        (b"\xff\xfe", PARSE_ERROR),
        (b"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]", INVALID_REQUEST),
        (b"1", INVALID_REQUEST),
        (b"{}", INVALID_REQUEST),
        (b"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}", INVALID_REQUEST),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":7}", INVALID_REQUEST),
        (b"{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}", INVALID_REQUEST),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", INVALID_REQUEST),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}", INVALID_PARAMS),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"resources/list\"}", METHOD_NOT_FOUND),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}", INVALID_PARAMS),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"destroy\"}}", INVALID_PARAMS),
        (
            b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"plan\",\"arguments\":[]}}",
            INVALID_PARAMS,
        ),
        (b"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"cursor\":\"2\"}}", INVALID_PARAMS),
    ] {
        let shown = String::from_utf8_lossy(line);
        let Answer::Send(answer) = protocol.take(line) else { panic!("{shown}") };
        assert_eq!(answer["error"]["code"], code, "{shown}: {answer}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(protocol.take(deep.as_bytes()), Answer::Send(it) if it["error"]["code"] == PARSE_ERROR));
    for silent in [
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/what\",\"params\":7}",
        "{\"jsonrpc\":\"2.0\",\"method\":\"tools/call\",\"params\":{\"name\":\"apply\"}}",
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"result\":{}}",
        "{\"jsonrpc\":\"2.0\",\"id\":5,\"error\":{\"code\":1,\"message\":\"m\"}}",
    ] {
        assert_eq!(protocol.take(silent.as_bytes()), Answer::Nothing, "{silent}");
    }
}

#[test]
fn calls_and_cancellations_are_handed_on() {
    let (mut protocol, _) = initialized("2025-11-25");
    let params =
        json!({ "name": "explain", "arguments": { "resource": "a" }, "_meta": { "progressToken": "t" } });
    let mut asked = request("tools/call", params);
    asked["id"] = json!("x-1");
    let Answer::Run(call) = protocol.take(asked.to_string().as_bytes()) else { panic!() };
    assert_eq!((&call.id, call.tool, call.progress), (&json!("x-1"), Tool::Explain, Some(json!("t"))));
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": "x-1" } });
    assert_eq!(protocol.take(cancel.to_string().as_bytes()), Answer::Cancel(json!("x-1")));
}
