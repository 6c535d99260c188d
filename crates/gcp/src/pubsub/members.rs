//! Who may do what with one topic or one subscription.

use engine::Rule;

use super::API;
use crate::member::{CONVENIENCE, Calls, Policy, member};

const TOPIC: Policy =
    Policy { service: API, resource: "v1/projects/{project}/topics/{topic}", calls: Calls::Get };

const SUBSCRIPTION: Policy = Policy {
    service: API,
    resource: "v1/projects/{project}/subscriptions/{subscription}",
    calls: Calls::Get,
};

member! {
    /// Lets one member do something with one topic.
    TopicIamMember("gcp:pubsub/v1:TopicIamMember", "pubsub.topics"), TOPIC, refused: CONVENIENCE,
    path: "policy/{project}/{topic}/{role}/{member}", rules: &[Rule::Bound("topic"), Rule::Bound("member")],
    {
        /// `projects/P/topics/T`, or `T`.
        topic,
    }
}

member! {
    /// Lets one member do something with one subscription.
    SubscriptionIamMember("gcp:pubsub/v1:SubscriptionIamMember", "pubsub.subscriptions"), SUBSCRIPTION,
    refused: CONVENIENCE,
    path: "policy/{project}/{subscription}/{role}/{member}", rules: &[Rule::Bound("subscription"), Rule::Bound("member")],
    {
        /// `projects/P/subscriptions/S`, or `S`.
        subscription,
    }
}
