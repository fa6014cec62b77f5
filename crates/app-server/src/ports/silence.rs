//! For the watch over silent sources: silences as alerts of the desk.

use area_desk::model::{Explained, Explanation, Notice};
use area_desk::ops::notice;
use area_events::ports::{Silence, SilenceAlerts, SilenceText};
use async_trait::async_trait;
use base_authz::Action;
use base_core::{IdSource, Result, Severity};
use base_db::Tx;
use base_ui::{Href, Tone};
use base_web::Broadcaster;
use base_web::notice::{self as inbox, Notice as Told, To};
use std::sync::Arc;

/// Which kind of finding it is, where alerts of rules have the rule's id.
const KIND: &str = "mangrove-source-silent";

/// Silences on the desk.
pub(crate) struct SilencesOnDesk {
    /// New ids.
    pub ids: Arc<IdSource>,
    /// Tells open pages.
    pub news: Broadcaster,
}

fn words(text: SilenceText) -> Explanation {
    Explanation { what: text.what, why: text.why, do_now: text.do_now }
}

#[async_trait]
impl SilenceAlerts for SilencesOnDesk {
    async fn silent(&self, tx: &mut Tx, silence: Silence) -> Result<()> {
        let [vi, en] = silence.texts.map(words);
        let name = silence.name.clone();
        let found = Notice {
            key: silence.key,
            kind: KIND,
            title: "Event source has fallen silent",
            severity: Severity::Medium,
            unit: silence.unit,
            entity: ("source", silence.name),
            time: silence.last_seen,
            explain: Explained { vi, en },
            facts: silence.facts,
        };
        if let Some(touched) = notice::raise(tx, &self.ids, found).await? {
            let href = Href::new("/canh-bao").segment(touched.alert.as_str());
            let told = Told::new("source-silent", touched.alert.as_str(), To::May(Action::SourcesRead), href)
                .unit(touched.unit.as_ref())
                .tone(Tone::Warn)
                .word("name", name);
            inbox::tell(tx, &self.ids, &self.news, told).await?;
            let news = self.news.clone();
            tx.after_commit(move || news.send(area_desk::news(touched.unit.as_ref())));
        }
        Ok(())
    }

    async fn ended(&self, tx: &mut Tx, key: &str) -> Result<()> {
        if let Some(unit) = notice::ended(tx, &self.ids, key).await? {
            let news = self.news.clone();
            tx.after_commit(move || news.send(area_desk::news(unit.as_ref())));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use area_desk::model::{HistoryKind, ListRequest, State};
    use area_desk::ops::{list_alerts, read_alert};
    use area_events::book::SourceBook;
    use area_events::model::{BatchCounts, SourceForm};
    use area_events::ops::watch_silence::{Looked, SilenceWatch};
    use area_events::ops::{commit_counts, manage_source};
    use base_authz::Role;
    use base_core::{Lang, SourceId, Timestamp, UnitId};
    use base_i18n::{Strings, Tr};
    use base_testkit::console::{BEGIN, Ground, caller, person};
    use engine_event::{Common, Event, EventId, Marks, Record};

    const HOUR: i64 = 3_600;
    const DAY: i64 = 24 * HOUR;

    async fn ground() -> Ground {
        let ground = Ground::new().await;
        ground.migrate(&[area_desk::MIGRATIONS, area_events::MIGRATIONS].concat()).await;
        ground
    }

    async fn source(ground: &Ground, name: &str) -> SourceId {
        let form = SourceForm {
            name: name.into(),
            unit: "SYT".into(),
            transport: "http".into(),
            silent_minutes: "60".into(),
            ..SourceForm::default()
        };
        let admin = caller(&person("an", Role::Administrator, None), BEGIN);
        let book = SourceBook::new();
        let law = crate::lake_keeper::LevelRetention::default();
        manage_source::declare(&ground.db, &ground.ids, &book, &law, &admin, &form).await.expect("declared").0
    }

    /// Counts events of a source at these times, as the pipeline does.
    async fn heard(ground: &Ground, source: &SourceId, times: impl IntoIterator<Item = Timestamp>) {
        let mut batch = BatchCounts::default();
        for (n, at) in times.into_iter().enumerate() {
            batch.add(&Event {
                id: EventId::from_journal(1, n as u64),
                time: at,
                received: at,
                unit: None,
                source: Some(source.clone()),
                kind: Arc::from("test/kind"),
                logsource: Arc::default(),
                record: Record::new(),
                common: Common::default(),
                raw: b"x".as_slice().into(),
                marks: Marks::default(),
            });
        }
        let mut tx = ground.db.begin().await.expect("a transaction");
        commit_counts::commit_counts(&mut tx, &batch).await.expect("counted");
        tx.commit().await.expect("it commits");
    }

    async fn look(ground: &Ground, now: Timestamp) -> Looked {
        let strings = Arc::new(Strings::load(area_events::STRINGS).expect("texts"));
        let (vi, en) = (Tr::new(Lang::Vi, Arc::clone(&strings)), Tr::new(Lang::En, strings));
        let alerts = SilencesOnDesk { ids: Arc::clone(&ground.ids), news: ground.news.clone() };
        let watch =
            SilenceWatch { db: &ground.db, alerts: &alerts, texts: [&vi, &en], listening_since: BEGIN.plus_secs(-DAY) };
        watch.look(now).await.expect("looked")
    }

    const SILENT: Looked = Looked { silent: 1, back: 0 };
    const BACK: Looked = Looked { silent: 0, back: 1 };

    #[tokio::test]
    async fn a_silence_is_told_once_and_so_is_its_end() {
        let ground = ground().await;
        let firewall = source(&ground, "Tường lửa").await;
        // Every minute for two weeks.
        heard(&ground, &firewall, (0..14 * 24 * 60).map(|m| BEGIN.plus_secs(m * 60 - 14 * DAY))).await;
        assert_eq!(look(&ground, BEGIN.plus_secs(HOUR - 60)).await, Looked::default(), "not yet");
        assert_eq!(look(&ground, BEGIN.plus_secs(2 * HOUR)).await, SILENT);
        for hours in 3..30 {
            assert_eq!(look(&ground, BEGIN.plus_secs(hours * HOUR)).await, Looked::default(), "once");
        }
        let officer = caller(&person("hoa", Role::UnitOfficer, Some("SYT")), BEGIN);
        let found = list_alerts::list(&ground.db, &officer, &ListRequest::default()).await.expect("a list");
        assert_eq!(found.total, 1);
        let alert = &found.rows[0];
        assert_eq!((alert.unit.clone(), alert.state), (Some(UnitId::new("SYT")), State::New));
        let vi = alert.explanation(Lang::Vi);
        assert!(vi.what.contains("“Tường lửa” không gửi sự kiện nào từ 05/03/2014 07:59, đã 2 giờ"), "{}", vi.what);
        assert!(vi.what.contains("khoảng 60 sự kiện mỗi giờ") && vi.do_now.len() == 4, "{vi:?}");
        assert!(alert.explanation(Lang::En).what.contains("has sent nothing since"));
        let other = caller(&person("ba", Role::UnitOfficer, Some("STC")), BEGIN);
        assert_eq!(list_alerts::list(&ground.db, &other, &ListRequest::default()).await.expect("a list").total, 0);

        heard(&ground, &firewall, [BEGIN.plus_secs(30 * HOUR)]).await;
        assert_eq!(look(&ground, BEGIN.plus_secs(30 * HOUR + 60)).await, BACK);
        let full = read_alert::read_alert(&ground.db, &officer, &alert.id).await.expect("the alert");
        assert_eq!(full.alert.state, State::ClosedTrue);
        assert!(full.history.iter().any(|h| h.kind == HistoryKind::Ended), "{:?}", full.history);
        assert_eq!(look(&ground, BEGIN.plus_secs(32 * HOUR)).await, SILENT, "the next silence is another one");
    }

    #[tokio::test]
    async fn what_is_switched_off_or_has_no_steady_flow_is_not_missed() {
        let ground = ground().await;
        let nightly = source(&ground, "Sao lưu đêm").await;
        heard(&ground, &nightly, (0..14 * 500).map(|n| BEGIN.plus_secs((n / 500) * DAY - 14 * DAY + n % 500))).await;
        let rare = source(&ground, "Thỉnh thoảng").await;
        heard(&ground, &rare, (0..14).map(|n| BEGIN.plus_secs(n * DAY - 14 * DAY + n * 5_000))).await;
        for hours in 0..50 {
            assert_eq!(look(&ground, BEGIN.plus_secs(hours * HOUR)).await, Looked::default(), "{hours}");
        }
        let steady = source(&ground, "Máy chủ").await;
        heard(&ground, &steady, (0..14 * 24 * 60).map(|m| BEGIN.plus_secs(m * 60 - 14 * DAY))).await;
        let admin = caller(&person("an", Role::Administrator, None), BEGIN);
        let book = SourceBook::new();
        let switch = |on| manage_source::switch(&ground.db, &book, &admin, &steady, on);
        switch(false).await.expect("switched off");
        assert_eq!(look(&ground, BEGIN.plus_secs(3 * HOUR)).await, Looked::default());
        switch(true).await.expect("switched on");
        assert_eq!(look(&ground, BEGIN.plus_secs(3 * HOUR)).await, SILENT);
        switch(false).await.expect("switched off");
        assert_eq!(look(&ground, BEGIN.plus_secs(4 * HOUR)).await, BACK, "nobody waits for it any more");
    }

    #[tokio::test]
    async fn the_time_in_which_nobody_listened_is_nobodys_silence() {
        let ground = ground().await;
        let firewall = source(&ground, "Tường lửa").await;
        heard(&ground, &firewall, (0..14 * 24 * 60).map(|m| BEGIN.plus_secs(m * 60 - 14 * DAY))).await;
        let strings = Arc::new(Strings::load(area_events::STRINGS).expect("texts"));
        let tr = Tr::new(Lang::Vi, strings);
        let alerts = SilencesOnDesk { ids: Arc::clone(&ground.ids), news: ground.news.clone() };
        let started = BEGIN.plus_secs(5 * HOUR);
        let watch = SilenceWatch { db: &ground.db, alerts: &alerts, texts: [&tr, &tr], listening_since: started };
        assert_eq!(watch.look(started.plus_secs(60)).await.expect("looked"), Looked::default());
        assert_eq!(watch.look(started.plus_secs(2 * HOUR)).await.expect("looked"), SILENT);
    }
}
