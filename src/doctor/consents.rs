use super::Examination;
use super::chart::Chart;
use super::judgement::{self, ConsentTried, Known};
use super::published::{ANSWER_WITHIN, Published};
use crate::ciba::DeliveryMode;
use crate::relying_party::{ConsentSettings, delete_all};
use crate::target::file::{ClientEntry, OpenBankingEntry};
use futures_util::future::join_all;
use std::sync::Arc;

/// The number of the consents in the server's log: they belong to no flow.
const NO_FLOW: u64 = 0;

/// Each kind of consent that the target file lists is created by a client for it, and deleted again where that can be.
pub(super) async fn look_at_consents(chart: &mut Chart<'_>, published: &Published) {
    let Some(entry) = chart.known.target.open_banking.clone() else { return };
    if !chart.may(Examination::Consents) {
        return;
    }
    let tried = entry.consents.iter().map(|kind| try_one(chart, published, kind.name));
    let tried = join_all(tried).await;
    chart.write(Examination::Consents, judgement::consents(&chart.known, &tried));
}

async fn try_one(chart: &Chart<'_>, published: &Published, name: &'static str) -> ConsentTried {
    let Some((mode, client, settings)) = client_for(&chart.known, name) else {
        return ConsentTried {
            kind: name,
            client: None,
            created: Err("no client for it".to_owned()),
            left: None,
        };
    };
    let transport = Arc::clone(&chart.practice.transport);
    let party = published.party(&client, mode, &chart.known, transport, ANSWER_WITHIN);
    let party = Arc::new(party.asking_for_consents(settings));
    let consented = party.create_consent(NO_FLOW).await;
    let created = match consented {
        Some(consented) => consented.result.map(|_| ()).map_err(|(_, words)| words),
        None => Err("no request could be made of it".to_owned()),
    };
    let until = chart.practice.clock.now() + ANSWER_WITHIN;
    let left = delete_all(&[party], until).await.refusals.into_iter().next();
    ConsentTried { kind: name, client: Some(client.client_id), created, left }
}

/// The first client that flows with such a consent would use, and what it creates where.
fn client_for(known: &Known, name: &str) -> Option<(DeliveryMode, ClientEntry, ConsentSettings)> {
    let target = &known.target;
    let entry = target.open_banking.as_ref()?;
    let kind = entry.consents.iter().find(|kind| kind.name == name)?;
    let modes = [DeliveryMode::Poll, DeliveryMode::Ping, DeliveryMode::Push];
    let mut clients = modes.into_iter().flat_map(|mode| {
        target.clients_for(mode, Some(kind)).into_iter().map(move |client| (mode, client.clone()))
    });
    let (mode, client) = clients.next()?;
    let base = entry.base_url.as_ref().unwrap_or(&target.issuer).url().clone();
    let key = OpenBankingEntry::consent_key(&client).cloned();
    Some((mode, client, ConsentSettings { kind, base, key }))
}
