CREATE TABLE "management_log" (
	"tenant_id" uuid NOT NULL,
	"sequence" bigint NOT NULL,
	"id" uuid NOT NULL,
	"at" timestamp with time zone NOT NULL,
	"by" text NOT NULL,
	"action" text NOT NULL,
	"target_id" uuid NOT NULL,
	"before" jsonb,
	"after" jsonb,
	"hash" text NOT NULL,
	CONSTRAINT "management_log_pk" PRIMARY KEY("tenant_id","sequence")
);
--> statement-breakpoint
CREATE INDEX "management_log_id" ON "management_log" USING btree ("id");