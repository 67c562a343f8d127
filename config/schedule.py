"""When the work that can wait is done: one sentence per job."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    # Every fifteen seconds: a worker shows that tasks are done; late ones are of no use.
    "show-life": {"task": "config.tasks.show_life", "schedule": 15.0, "options": {"expires": 60}},
    # Every minute: events that the relay has not handed on, and those parked for another try.
    "dispatch-events": {"task": "loyalty.tasks.dispatch_events", "schedule": 60.0},
    # Every minute: rewards that were set aside and not paid in time go back to the stock.
    "free-unfinished": {"task": "rewards.tasks.free_unfinished", "schedule": 60.0},
    # Every minute: codes of voucher batches that are wanted and not there yet.
    "make-batches": {"task": "rewards.tasks.make_batches", "schedule": 60.0},
    # Every five seconds: members in campaigns whose next step has come.
    "walk-campaigns": {"task": "campaigns.tasks.walk_campaigns", "schedule": 5.0},
    # Every five seconds: messages that are due are decided on, and leave if they may.
    "work-off-messages": {"task": "campaigns.tasks.work_off_messages", "schedule": 5.0},
    # Every fifteen seconds: campaigns that a moment begins, chunk by chunk; those that are over end.
    "start-scheduled": {"task": "campaigns.tasks.start_scheduled", "schedule": 15.0},
    # Daily at 02:20: one-time digits, baskets and wrong guesses of before yesterday.
    "forget-what-ended": {
        "task": "rewards.tasks.forget_what_ended",
        "schedule": crontab("20", "2"),
    },
    # Daily at 02:10: answers kept for repeated requests, once they are a week old.
    "forget-answers": {"task": "loyalty.tasks.forget_answers", "schedule": crontab("10", "2")},
    # Daily at 02:15: what became of webhooks, once they ended a month ago.
    "forget-deliveries": {
        "task": "loyalty.tasks.forget_deliveries",
        "schedule": crontab("15", "2"),
    },
    # Every hour: points whose time has passed are booked as expired.
    "expire-points": {"task": "loyalty.tasks.expire_due_points", "schedule": crontab("5")},
    # Daily at 07:15: holders are told of points that lapse in 30 or 7 days.
    "warn-of-expiry": {"task": "loyalty.tasks.warn_of_expiry", "schedule": crontab("15", "7")},
    # Daily at 00:20: members whose history was not counted for the tiers that there are now.
    "recount-standings": {
        "task": "members.tasks.recount_standings",
        "schedule": crontab("20", "0"),
    },
    # Daily at 01:30: members who may be there twice are found, for somebody to decide.
    "find-duplicates": {
        "task": "members.tasks.find_duplicates",
        "schedule": crontab("30", "1"),
    },
    # Daily at 00:40: tiers whose time is over are booked and announced.
    "move-tiers": {"task": "loyalty.tasks.move_tiers", "schedule": crontab("40", "0")},
    # Daily at 04:10: the day that is over is sealed; twice more, should the books be too busy.
    "seal-books": {"task": "loyalty.tasks.seal_books", "schedule": crontab("10", "4-6")},
    # Daily at 03:20: the whole ledger is derived again and compared.
    "audit-ledger": {"task": "config.tasks.audit_ledger", "schedule": crontab("20", "3")},
    # Every ten minutes: back-tests that wait, or whose worker died.
    "resume-back-tests": {"task": "loyalty.tasks.resume_back_tests", "schedule": 600.0},
    # Every two minutes: imports that wait, or whose worker died.
    "resume-imports": {"task": "members.tasks.resume_imports", "schedule": 120.0},
    # Every two minutes: deeds for many members that wait, or whose worker died.
    "resume-bulk-deeds": {"task": "members.tasks.resume_bulk_deeds", "schedule": 120.0},
    # Daily at 02:50: lines that were refused a month ago, and files that nobody went on with.
    "drop-imported-lines": {
        "task": "members.tasks.drop_imported_lines",
        "schedule": crontab("50", "2"),
    },
    # Daily at 01:10: what members who agreed to that seem to like, from a year of purchases.
    "infer-preferences": {
        "task": "members.tasks.infer_preferences",
        "schedule": crontab("10", "1"),
    },
    # Daily at 07:30: birthdays, anniversaries and who stayed away; gifts that nobody took lapse.
    "give-on-day": {"task": "rewards.tasks.give_on_day", "schedule": crontab("30", "7")},
    # Daily at 01:40: which fields of members' data are in use, and by what.
    "note-field-uses": {"task": "members.tasks.note_field_uses", "schedule": crontab("40", "1")},
    # Daily at 02:30: what was kept for as long as it may be.
    "carry-out-retention": {
        "task": "members.tasks.carry_out_retention",
        "schedule": crontab("30", "2"),
    },
    # Hourly at :35: campaigns are judged on the day that was said beforehand.
    "read-results": {"task": "campaigns.tasks.read_results", "schedule": crontab("35")},
    # Every hour: segments by their conditions, since time alone changes "in the last 90 days".
    "follow-segments": {"task": "members.tasks.follow_segments", "schedule": crontab("35")},
}
