//! `stack mcp`: what an agent sees and may do, line by line of the protocol.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use engine::Method;
use program::{Program, Said, said};
use serde_json::{Value, json};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(120);

/// A client, and the server that it began.
struct Agent {
    server: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
    last: i64,
    /// All that came, to be searched for secrets.
    heard: String,
}

fn with_state(program: &Program, command: &mut Command) {
    command.env("XDG_STATE_HOME", program.folder.path().join(".stack/person"));
    command.env("PULUMI_CONFIG_PASSPHRASE", "a phrase");
}

impl Agent {
    /// Begins a server and says nothing to it.
    fn silent(program: &Program) -> Agent {
        let mut command = program.command(&["mcp"]);
        with_state(program, &mut command);
        let errors = std::fs::File::create(program.folder.path().join(".stack/mcp.err")).unwrap();
        let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors).spawn().unwrap();
        let output = BufReader::new(server.stdout.take().unwrap());
        let (to, lines) = channel();
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|it| to.send(it)));
        let input = server.stdin.take();
        Agent { server, input, lines, last: 0, heard: String::new() }
    }

    fn new(program: &Program) -> Agent {
        let mut agent = Agent::silent(program);
        let client = json!({ "name": "test", "version": "1" });
        let params = json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        assert_eq!(agent.ask("initialize", params)["result"]["protocolVersion"], "2025-11-25");
        agent.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
        agent
    }

    fn send(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        input.write_all(format!("{line}\n").as_bytes()).unwrap();
        input.flush().unwrap();
    }

    fn next(&mut self) -> Value {
        let line = self.lines.recv_timeout(PATIENCE).unwrap();
        self.heard.push_str(&line);
        // Nothing but the protocol is on standard output.
        let message: Value = serde_json::from_str(&line).unwrap_or_else(|it| panic!("{it}: {line}"));
        assert_eq!(message["jsonrpc"], "2.0", "{line}");
        message
    }

    fn request(&mut self, method: &str, params: Value) -> i64 {
        self.last += 1;
        let request = json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params });
        self.send(&request.to_string());
        self.last
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        loop {
            let message = self.next();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn call(&mut self, tool: &str, arguments: Value) -> Value {
        let answer = self.ask("tools/call", json!({ "name": tool, "arguments": arguments }));
        assert!(answer["error"].is_null(), "{answer}");
        answer["result"].clone()
    }

    /// Calls a tool that succeeds: its data and its text.
    fn good(&mut self, tool: &str, arguments: Value) -> (Value, String) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], false, "{result}");
        (result["structuredContent"].clone(), result["content"][0]["text"].as_str().unwrap().to_owned())
    }

    /// Calls a tool that refuses, saying all of this.
    fn refused(&mut self, tool: &str, arguments: Value, says: &[&str]) {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        let text = result["content"][0]["text"].as_str().unwrap();
        says.iter().for_each(|it| assert!(text.contains(it), "no {it:?} in {text}"));
    }

    /// Closes the input; the server ends by itself, and well.
    fn close(&mut self) {
        self.input = None;
        let begun = Instant::now();
        while self.server.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it hangs");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(self.server.wait().unwrap().success());
        self.heard.extend(self.lines.iter());
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// Runs a command at a terminal, where a person answers.
fn at_a_terminal(program: &Program, args: &[&str], answer: &str) -> Said {
    let plain = program.command(args);
    let mut command = Command::new("script");
    let words = || std::iter::once(plain.get_program()).chain(plain.get_args());
    if cfg!(target_os = "linux") {
        let quoted: Vec<String> = words().map(|it| format!("'{}'", it.to_str().unwrap())).collect();
        command.args(["-qec", &quoted.join(" "), "/dev/null"]);
    } else {
        command.args(["-q", "/dev/null"]).args(words());
    }
    for (name, value) in plain.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    with_state(program, &mut command);
    command.current_dir(program.folder.path());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(answer.as_bytes()).unwrap();
    let output = said(child.wait_with_output().unwrap());
    drop(input);
    output
}

fn ok(program: &Program, args: &[&str]) {
    let mut command = program.command(args);
    with_state(program, &mut command);
    let said = said(command.output().unwrap());
    assert_eq!(said.code, 0, "{args:?}\n{}\n{}", said.out, said.err);
}

/// Whether data is as one of the documented schemas says.
fn valid(schema: &str, data: &Value) {
    let schema: Value = serde_json::from_str(schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let problems: Vec<String> = schema.iter_errors(data).map(|it| it.to_string()).collect();
    assert_eq!(problems, Vec::<String>::new());
}

/// A setting that is secret, and stands in a resource.
const SECRET: &str = "whoever.is.told@secret.example.com";

#[test]
fn an_agent_looks_and_no_secret_is_seen() {
    let program = Program::new();
    ok(&program, &["config", "set", "--secret", "alertEmail", SECRET]);
    ok(&program, &["apply", "--yes"]);
    let bucket = "storage/v1/b/local-project-pubsub-exports";
    let change = json!({ "lifecycle": { "rule": [{ "action": { "type": "Delete" }, "condition": { "age": 5 } }] },
        "labels": { "whom": "someone" } });
    program.call(Method::Patch, "storage.googleapis.com", bucket, Some(change));
    let mut agent = Agent::new(&program);
    let tools = agent.ask("tools/list", json!({}))["result"]["tools"].clone();

    let (plan, text) = agent.good("plan", json!({}));
    valid(include_str!("../../docs/plan.schema.json"), &plan["plan"]);
    valid(&tools[0]["outputSchema"].to_string(), &plan);
    assert!(text.contains("lifecycle.rule[0].condition.age: 5 -> 30"), "{text}");
    let digest = plan["digest"].as_str().unwrap_or_else(|| panic!("{text}"));
    assert!(text.contains(&format!("stack approve --stack local {digest}")), "{text}");
    let (part, text) = agent.good("plan", json!({ "targets": ["pubsub-exports"] }));
    assert!(part["plan"]["steps"].as_array().unwrap().len() < 10 && part["digest"] != plan["digest"]);
    assert!(text.contains("--target 'pubsub-exports'"), "{text}");
    let (other, text) = agent.good("plan", json!({ "config": { "exportRetentionDays": 7 } }));
    assert!(text.contains("-> 7") && other["digest"].is_null(), "{text}");

    let (it, text) = agent.good("explain", json!({ "resource": "pubsub-exports" }));
    assert_eq!((&it["step"]["op"], &it["noun"]), (&json!("update"), &json!("bucket")));
    assert!(it["dependents"].to_string().contains("::export-to-storage\""), "{it}");
    assert!(it["dependsOn"].to_string().contains("::storage.googleapis.com\""), "{it}");
    assert!(it["bill"]["planned"]["costComponents"][0]["name"].is_string(), "{it}");
    assert!(text.contains("5 -> 30") && text.contains("deleting it loses"), "{text}");
    agent.refused("explain", json!({ "resource": "pubsub-export" }), &["did you mean pubsub-exports?"]);

    let (cost, text) = agent.good("cost", json!({}));
    valid(include_str!("../../docs/cost.schema.json"), &cost);
    assert!(cost["pastTotalMonthlyCost"].is_string() && text.contains("Project: events/local"), "{text}");

    let (drift, text) = agent.good("drift", json!({}));
    assert_eq!(drift["differs"], 1, "{text}");
    assert_eq!(drift["resources"][0]["name"], "pubsub-exports");

    let (state, _) = agent.good("state", json!({}));
    assert!(state["resources"].as_array().unwrap().len() > 40);
    let (topic, _) = agent.good("state", json!({ "resource": "data-ingestion-topic" }));
    assert_eq!(topic["resource"]["id"], "projects/local-project/topics/data-ingestion-topic");
    let entries = state["resources"].as_array().unwrap();
    let channel = entries.iter().find(|it| it["kind"].as_str().unwrap().ends_with(":NotificationChannel"));
    let (channel, _) = agent.good("state", json!({ "resource": channel.unwrap()["urn"] }));
    assert!(channel.to_string().contains("(secret)"), "{channel}");
    let (outputs, _) = agent.good("outputs", json!({}));
    assert_eq!(outputs["outputs"]["bucket"], "gs://local-project-pubsub-exports");
    agent.refused("plan", json!({ "stack": "prodd" }), &["there is no stack prodd", "hint:"]);
    agent.refused("state", json!({ "stack": "../../etc" }), &["is not the name of a stack"]);
    agent.refused(
        "plan",
        json!({ "config": { "gcp:endpoint": "http://elsewhere" } }),
        &["the person's alone"],
    );
    agent.refused("plan", json!({ "targets": "all" }), &["wrong arguments for plan", "inputSchema"]);
    agent.refused("explain", json!({}), &["wrong arguments for explain", "resource"]);
    agent.refused("cost", json!({ "path": "/etc/passwd" }), &["wrong arguments for cost", "path"]);
    agent.close();
    let errors = program.read(".stack/mcp.err");
    assert!(!agent.heard.contains(SECRET) && !errors.contains(SECRET), "{}\n{errors}", agent.heard);
}

#[test]
fn only_a_plan_that_a_person_approved_is_applied_and_once() {
    let program = Program::new();
    ok(&program, &["image", "build"]);
    let mut agent = Agent::new(&program);
    let targets = json!(["pubsub-exports"]);
    let (plan, _) = agent.good("plan", json!({ "targets": targets }));
    let digest = plan["digest"].as_str().unwrap().to_owned();
    agent.refused("apply", json!({ "digest": "sha256:1" }), &["64 hexadecimal digits"]);
    agent.refused(
        "apply",
        json!({ "digest": digest }),
        &["not approved", "no person has approved", "stack approve"],
    );
    let approve = ["approve", "--target", "pubsub-exports", &digest];

    // Nothing but a terminal will do.
    let mut piped = program.command(&approve);
    with_state(&program, &mut piped);
    let refused = said(piped.output().unwrap());
    assert!(refused.code == 1 && refused.err.contains("only a person at a terminal"), "{}", refused.err);
    let other = format!("sha256:{}", "0".repeat(64));
    let wrong = at_a_terminal(&program, &["approve", "--target", "pubsub-exports", &other], "y\n");
    assert!(wrong.code == 1 && wrong.out.contains("not the plan that was approved"), "{}", wrong.out);
    let no = at_a_terminal(&program, &approve, "n\n");
    assert!(no.code == 1 && no.out.contains("nothing was approved"), "{}", no.out);
    agent.refused("apply", json!({ "digest": digest }), &["no person has approved"]);

    let yes = at_a_terminal(&program, &approve, "y\n");
    assert!(yes.code == 0 && yes.out.contains(&format!("Approved: {digest}")), "{}", yes.out);
    assert!(!program.folder.path().join(".stack/approved").exists(), "an agent writes there");
    let params =
        json!({ "name": "apply", "arguments": { "digest": digest }, "_meta": { "progressToken": 7 } });
    let answer = agent.ask("tools/call", params);
    assert_eq!(answer["result"]["isError"], false, "{answer}");
    let done = answer["result"]["structuredContent"]["done"].to_string();
    assert!(done.contains("pubsub-exports") && !done.contains("analytics_data"), "{done}");
    assert!(agent.heard.contains("notifications/progress") && agent.heard.contains("\"progressToken\":7"));
    agent.refused("apply", json!({ "digest": digest }), &["or it was applied already"]);
    let (plan, _) = agent.good("plan", json!({ "targets": targets }));
    assert_eq!(plan["plan"]["summary"]["create"], 0, "{plan}");

    // Approved, and then the world is another.
    let (plan, text) = agent.good("plan", json!({}));
    let digest = plan["digest"].as_str().unwrap_or_else(|| panic!("{text}")).to_owned();
    assert_eq!(at_a_terminal(&program, &["approve", &digest], "y\n").code, 0);
    let bucket = "storage/v1/b/local-project-pubsub-exports";
    let labels = json!({ "labels": { "managed-by": "me" } });
    program.call(Method::Patch, "storage.googleapis.com", bucket, Some(labels));
    let age = json!({ "lifecycle": { "rule": [] } });
    program.call(Method::Patch, "storage.googleapis.com", bucket, Some(age));
    agent.refused(
        "apply",
        json!({ "digest": digest }),
        &["not the plan that was approved, and nothing was done"],
    );
    let (state, _) = agent.good("state", json!({}));
    assert!(!state.to_string().contains("analytics_data"), "{state}");
    agent.close();
}

#[test]
fn calls_are_cancelled_and_the_end_of_input_ends_the_server() {
    let program = Program::with(&["--latency", "300ms"]);
    let mut agent = Agent::new(&program);
    let begun = agent.request("tools/call", json!({ "name": "drift", "arguments": {} }));
    let twice =
        json!({ "jsonrpc": "2.0", "id": begun, "method": "tools/call", "params": { "name": "drift" } });
    agent.send(&twice.to_string());
    assert_eq!(agent.next()["error"]["code"], -32600, "an id that is at work");
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": begun } });
    agent.send(&cancel.to_string());
    agent.send(
        &json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 99 } })
            .to_string(),
    );
    // Only the ping is answered, and at once; then the connection works as before.
    assert_eq!(agent.ask("ping", json!({}))["result"], json!({}));
    agent.good("outputs", json!({}));
    assert!(!agent.heard.contains("\"title\":\"events/local\",\"differs\""));
    agent.send("this is no JSON");
    assert_eq!(agent.next()["error"]["code"], -32700);
    agent.send(&"x".repeat(2 * 1024 * 1024));
    assert_eq!(agent.next()["error"]["code"], -32600, "a long line");
    // The input ends within a message, while a call is at work.
    agent.request("tools/call", json!({ "name": "plan" }));
    agent.input.as_mut().unwrap().write_all(b"{\"jsonrpc\":\"2.0\",\"id\":").unwrap();
    agent.close();

    let mut agent = Agent::silent(&program);
    assert_eq!(agent.ask("tools/list", json!({}))["error"]["code"], -32600, "before initialize");
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {} });
    let result = agent.ask("tools/call", json!({ "name": "outputs", "_meta": meta }))["result"].clone();
    assert_eq!((&result["resultType"], &result["isError"]), (&json!("complete"), &json!(false)));
    agent.close();
}

#[test]
fn a_cancelled_apply_lets_finish_what_is_under_way() {
    let mut program = Program::new();
    ok(&program, &["image", "build"]);
    let mut agent = Agent::new(&program);
    let (plan, _) = agent.good("plan", json!({ "targets": ["analytics_data", "pubsub-exports"] }));
    let digest = plan["digest"].as_str().unwrap().to_owned();
    let approve = ["approve", "--target", "analytics_data", "--target", "pubsub-exports", &digest];
    assert_eq!(at_a_terminal(&program, &approve, "y\n").code, 0);
    ok(&program, &["local", "stop"]);
    let port = program.url.rsplit(':').next().unwrap().to_owned();
    ok(&program, &["local", "start", "--port", &port, "--latency", "300ms"]);
    program.url = format!("http://127.0.0.1:{port}");
    let arguments = json!({ "digest": digest });
    let params = json!({ "name": "apply", "arguments": arguments, "_meta": { "progressToken": 1 } });
    let id = agent.request("tools/call", params);
    let other = agent.request("tools/call", json!({ "name": "apply", "arguments": arguments }));
    let refused = agent.next();
    assert_eq!(refused["id"], other, "{refused}");
    assert!(refused.to_string().contains("another apply"), "{refused}");
    assert_eq!(agent.next()["method"], "notifications/progress");
    let cancel =
        json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": id } });
    agent.send(&cancel.to_string());
    agent.close();
    let answered = agent.heard.contains(&format!("\"id\":{id},"));
    assert!(!answered, "a cancelled request is not answered");
    // Nothing is under way, the lock is free, and the rest is a plan.
    let ledger: Value = serde_json::from_str(&program.read(".pulumi/stacks/events/local.json")).unwrap();
    let pending = &ledger["checkpoint"]["latest"]["pending_operations"];
    assert!(pending.as_array().is_none_or(Vec::is_empty), "{pending}");
    ok(&program, &["apply", "--yes", "--target", "pubsub-exports"]);
}
