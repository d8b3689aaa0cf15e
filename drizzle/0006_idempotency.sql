CREATE TABLE "idempotency" (
	"tenant_id" uuid NOT NULL,
	"id" text NOT NULL,
	"request_id" uuid NOT NULL,
	"key_hash" text NOT NULL,
	"mark" text NOT NULL,
	"state" text NOT NULL,
	"answer" "bytea",
	"running_until" timestamp with time zone NOT NULL,
	"expires_at" timestamp with time zone NOT NULL,
	CONSTRAINT "idempotency_pk" PRIMARY KEY("tenant_id","id"),
	CONSTRAINT "idempotency_state" CHECK ("idempotency"."state" IN ('running', 'kept', 'lost')),
	CONSTRAINT "idempotency_answer" CHECK (("idempotency"."state" = 'kept') = ("idempotency"."answer" IS NOT NULL))
);
--> statement-breakpoint
CREATE INDEX "idempotency_running" ON "idempotency" USING btree ("request_id") WHERE "idempotency"."state" = 'running';--> statement-breakpoint
CREATE INDEX "idempotency_expires" ON "idempotency" USING btree ("expires_at");