//! The facts that the laws need: about an event its class, about a state its facts.

/// Clients that a system can have: parties to whom it can owe a service.
pub const CLIENTS: u8 = 2;

/// Participants that can be told apart.
pub const PARTICIPANTS: u8 = 32;

/// Who makes an event happen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Actor {
    /// The world around the system. Its events may happen, and nobody may wait for them.
    #[default]
    Environment,
    /// The system itself: the event goes on without anything new from outside.
    System,
    /// The part of the system that serves interrupts, in interrupt context: the event goes on by itself, as with
    /// [`Actor::System`], and the law [`Storm`](crate::Law::Storm) is about it.
    Host,
}

/// The part that an event plays in a law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Role {
    /// No law asks for it.
    #[default]
    None,
    /// The host takes an interrupt.
    HostIrq,
    /// The guest takes an interrupt on behalf of the event's client.
    GuestIrq,
    /// The event's client gets the service that it is owed.
    Service,
    /// The system gives up serving: the fault that [`Unhandled`](crate::Law::Unhandled) is about.
    GivesUp,
    /// The neighbour gets what it is owed. It is no client, and no cost counts it.
    NeighbourService,
}

/// The class of an event: all that laws and costs know of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Class {
    /// Who makes it happen.
    pub actor: Actor,
    /// The participant that acts, below [`PARTICIPANTS`]. [`Livelock`](crate::Law::Livelock) is fair to each
    /// participant.
    pub participant: u8,
    /// The part that it plays in a law.
    pub role: Role,
    /// The client that it happens to, below [`CLIENTS`].
    pub client: u8,
    /// The guest or a timer sets its pace: the rest of the system may go on as often as it likes before it comes. The law
    /// [`Unbounded`](crate::Law::Unbounded) is about what goes on without such events.
    pub paced: bool,
    /// Best and worst costs are taken over cycles of events that count.
    pub counts: bool,
    /// Its place in the order of turns of the typical run: the event of the lowest turn that can happen does happen.
    /// `None` for an event that the typical run leaves out.
    pub turn: Option<u8>,
}

impl Class {
    /// The event goes on by itself: it is the system's or the host's.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        !matches!(self.actor, Actor::Environment)
    }

    /// The host goes on with an interrupt that it has taken.
    pub(crate) fn is_handler(&self) -> bool {
        self.actor == Actor::Host && self.role != Role::HostIrq
    }
}

/// A set of facts about one state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts(u8);

impl Facts {
    /// No fact.
    pub const NONE: Self = Self(0);
    /// The law [`Imbalance`](crate::Law::Imbalance) is broken here.
    pub const BREAKS_IMBALANCE: Self = Self(1 << CLIENTS);
    /// The law `Imbalance` could have been broken here.
    pub const TESTS_IMBALANCE: Self = Self(2 << CLIENTS);
    /// The law [`Leak`](crate::Law::Leak) is broken here.
    pub const BREAKS_LEAK: Self = Self(4 << CLIENTS);
    /// The law `Leak` could have been broken here.
    pub const TESTS_LEAK: Self = Self(8 << CLIENTS);
    /// The law [`Unhandled`](crate::Law::Unhandled) could have been broken on the way here.
    pub const TESTS_UNHANDLED: Self = Self(16 << CLIENTS);
    /// The system owes its neighbour a service: the law [`Neighbour`](crate::Law::Neighbour).
    pub const OWES_NEIGHBOUR: Self = Self(32 << CLIENTS);

    /// The system owes this client a service.
    ///
    /// # Panics
    /// If there is no such client.
    #[must_use]
    pub const fn owes(client: u8) -> Self {
        assert!(client < CLIENTS, "there are two clients");
        Self(1 << client)
    }

    /// These facts, and `fact` if it holds.
    #[must_use]
    pub const fn with(self, fact: Self, holds: bool) -> Self {
        Self(self.0 | if holds { fact.0 } else { 0 })
    }

    /// These facts and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `fact` is among these.
    #[must_use]
    pub const fn has(self, fact: Self) -> bool {
        self.0 & fact.0 == fact.0
    }
}
