CREATE TABLE "limit_share" (
	"tenant_id" uuid NOT NULL,
	"subject_id" uuid NOT NULL,
	"shares" jsonb NOT NULL,
	"is_short" boolean DEFAULT false NOT NULL,
	CONSTRAINT "limit_share_pk" PRIMARY KEY("tenant_id","subject_id")
);
--> statement-breakpoint
CREATE TABLE "process_lease" (
	"id" uuid PRIMARY KEY NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "key" ADD COLUMN "limits" jsonb;--> statement-breakpoint
ALTER TABLE "tenant" ADD COLUMN "limits" jsonb;--> statement-breakpoint
ALTER TABLE "tenant" ADD COLUMN "version" bigint DEFAULT (extract(epoch from now()) * 1000)::bigint NOT NULL;--> statement-breakpoint
CREATE INDEX "limit_share_short" ON "limit_share" USING btree ("subject_id") WHERE "limit_share"."is_short";